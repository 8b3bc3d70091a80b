//! Formats of pictures that are not decoded: what they are, so that a message can name them.

use serde::Serialize;
use std::path::Path;

/// A format that is known by its first bytes or its name, and not decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Foreign {
    /// AV1 still pictures.
    #[serde(rename = "AVIF")]
    Avif,
    /// HEVC still pictures, as telephones write them.
    #[serde(rename = "HEIC")]
    Heic,
    /// The container of both, with another codec.
    #[serde(rename = "HEIF")]
    Heif,
    /// JPEG XL, with or without its container.
    #[serde(rename = "JPEG XL")]
    JpegXl,
    /// JPEG 2000, with or without its container.
    #[serde(rename = "JPEG 2000")]
    Jpeg2000,
    /// Drawings.
    #[serde(rename = "SVG")]
    Svg,
    /// Documents.
    #[serde(rename = "PDF")]
    Pdf,
    /// PostScript.
    #[serde(rename = "PostScript")]
    PostScript,
    /// A camera's raw data: DNG, CR2, CR3, NEF, ARW and the like.
    #[serde(rename = "RAW")]
    Raw,
    /// Photoshop's documents.
    #[serde(rename = "PSD")]
    Psd,
    /// GIMP's documents.
    #[serde(rename = "XCF")]
    Xcf,
    /// Windows icons.
    #[serde(rename = "ICO")]
    Ico,
    /// Truevision's format.
    #[serde(rename = "TGA")]
    Tga,
    /// OpenEXR.
    #[serde(rename = "OpenEXR")]
    OpenExr,
    /// Radiance.
    #[serde(rename = "Radiance HDR")]
    Hdr,
    /// Quite OK Image.
    #[serde(rename = "QOI")]
    Qoi,
    /// DirectX textures.
    #[serde(rename = "DDS")]
    Dds,
    /// MP4, QuickTime, Matroska, AVI and the like.
    #[serde(rename = "video")]
    Video,
}

impl Foreign {
    /// Its name in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Self::Avif => "AVIF",
            Self::Heic => "HEIC",
            Self::Heif => "HEIF",
            Self::JpegXl => "JPEG XL",
            Self::Jpeg2000 => "JPEG 2000",
            Self::Svg => "SVG",
            Self::Pdf => "PDF",
            Self::PostScript => "PostScript",
            Self::Raw => "RAW",
            Self::Psd => "PSD",
            Self::Xcf => "XCF",
            Self::Ico => "ICO",
            Self::Tga => "TGA",
            Self::OpenExr => "OpenEXR",
            Self::Hdr => "Radiance HDR",
            Self::Qoi => "QOI",
            Self::Dds => "DDS",
            Self::Video => "video",
        }
    }

    /// What to do with it.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Video => "take frames out of it as PNG or JPEG",
            Self::Pdf | Self::PostScript => "convert its pages to PNG or JPEG",
            Self::Raw => "convert it to PNG or JPEG, or take the JPEG that the camera wrote beside it",
            _ => "convert it to PNG or JPEG",
        }
    }

    /// The format that `bytes` (the beginning of a file at least) are of, if it is one of these.
    pub fn by_content(bytes: &[u8]) -> Option<Self> {
        let at = |offset: usize, magic: &[u8]| bytes.get(offset..).is_some_and(|rest| rest.starts_with(magic));
        let starts = |magic: &[u8]| at(0, magic);
        Some(match () {
            () if at(4, b"ftyp") => iso_media(bytes),
            () if starts(b"\xFF\x0A") || starts(b"\0\0\0\x0CJXL \r\n\x87\n") => Self::JpegXl,
            () if starts(b"\xFF\x4F\xFF\x51") || starts(b"\0\0\0\x0CjP  \r\n\x87\n") => Self::Jpeg2000,
            () if starts(b"%PDF-") => Self::Pdf,
            () if starts(b"%!PS") || starts(b"\xC5\xD0\xD3\xC6") => Self::PostScript,
            () if is_raw(bytes) => Self::Raw,
            () if starts(b"8BPS") => Self::Psd,
            () if starts(b"gimp xcf") => Self::Xcf,
            () if starts(b"\0\0\x01\0") => Self::Ico,
            () if starts(b"\x76\x2F\x31\x01") => Self::OpenExr,
            () if starts(b"#?RADIANCE") || starts(b"#?RGBE") => Self::Hdr,
            () if starts(b"qoif") => Self::Qoi,
            () if starts(b"DDS ") => Self::Dds,
            () if is_video(bytes) => Self::Video,
            () if is_svg(bytes) => Self::Svg,
            () => return None,
        })
    }

    /// The format that the ending of a file's name stands for, if it is one of these.
    pub fn by_name(path: &Path) -> Option<Self> {
        Some(match super::ending(path).as_str() {
            "avif" | "avifs" => Self::Avif,
            "heic" | "heics" => Self::Heic,
            "heif" | "heifs" | "hif" => Self::Heif,
            "jxl" => Self::JpegXl,
            "jp2" | "j2k" | "jpf" | "jpx" | "jpm" | "j2c" | "jpc" | "jph" => Self::Jpeg2000,
            "svg" | "svgz" => Self::Svg,
            "pdf" => Self::Pdf,
            "ps" | "eps" => Self::PostScript,
            "dng" | "cr2" | "cr3" | "crw" | "nef" | "nrw" | "arw" | "srf" | "sr2" | "orf" | "rw2" | "raf" | "pef" | "srw" | "x3f"
            | "raw" | "rwl" | "iiq" | "3fr" | "erf" | "mef" | "mos" | "mrw" | "kdc" | "dcr" => Self::Raw,
            "psd" | "psb" => Self::Psd,
            "xcf" => Self::Xcf,
            "ico" | "cur" => Self::Ico,
            "tga" => Self::Tga,
            "exr" => Self::OpenExr,
            "hdr" => Self::Hdr,
            "qoi" => Self::Qoi,
            "dds" => Self::Dds,
            "mp4" | "m4v" | "mov" | "avi" | "mkv" | "webm" | "mpg" | "mpeg" | "wmv" | "flv" | "3gp" | "mts" | "m2ts" => Self::Video,
            _ => return None,
        })
    }
}

/// What a file of ISO's media container is, by its brands: the major one, then those that it is compatible with.
fn iso_media(bytes: &[u8]) -> Foreign {
    let length = bytes.first_chunk().map_or(0, |&size| u32::from_be_bytes(size) as usize);
    let brands = &bytes[8.min(bytes.len())..length.clamp(12, 256).min(bytes.len())];
    let mut found = None;
    // the second word is a version
    for (i, brand) in brands.chunks_exact(4).enumerate().filter(|(i, _)| *i != 1) {
        let kind = match brand {
            b"avif" | b"avis" => Foreign::Avif,
            b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"hevm" | b"hevs" => Foreign::Heic,
            b"crx " => Foreign::Raw,
            b"jp2 " | b"jpx " | b"jph " => Foreign::Jpeg2000,
            b"mif1" | b"mif2" | b"msf1" | b"miaf" | b"MiHE" => Foreign::Heif,
            _ if i == 0 => return Foreign::Video,
            _ => continue,
        };
        match kind {
            Foreign::Heif => found = found.or(Some(kind)),
            kind => return kind,
        }
    }
    found.unwrap_or(Foreign::Video)
}

fn is_video(bytes: &[u8]) -> bool {
    let at = |offset: usize, magic: &[u8]| bytes.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    at(0, b"\x1A\x45\xDF\xA3") // Matroska, WebM
        || (at(0, b"RIFF") && at(8, b"AVI "))
        || at(0, b"\0\0\x01\xBA") // MPEG
        || at(0, b"\0\0\x01\xB3")
        || at(0, b"\x30\x26\xB2\x75") // Windows Media
        || at(0, b"FLV\x01")
        || [&b"moov"[..], b"mdat", b"wide", b"free"].iter().any(|&atom| at(4, atom) && at(0, b"\0"))
    // old QuickTime
}

/// Cameras' own formats. Most are TIFF files, told apart by a signature or, for DNG, by the tag of its version.
fn is_raw(bytes: &[u8]) -> bool {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    let at = |offset: usize, magic: &[u8]| bytes.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    starts(b"FUJIFILMCCD-RAW")
        || starts(b"IIRO")
        || starts(b"IIRS")
        || starts(b"MMOR")
        || starts(b"IIU\0")
        || starts(b"FOVb")
        || starts(b"\0MRM")
        || (starts(b"II\x1A\0") && at(6, b"HEAPCCDR"))
        || (starts(b"II*\0") && at(8, b"CR"))
        || has_dng_version(bytes)
}

/// Whether the first directory of a TIFF file has DNG's version.
fn has_dng_version(bytes: &[u8]) -> bool {
    const DNG_VERSION: u16 = 50706;
    let little = match bytes.get(..4) {
        Some(b"II*\0") => true,
        Some(b"MM\0*") => false,
        _ => return false,
    };
    let short = |at: usize| {
        let pair: [u8; 2] = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) })
    };
    let Some(start) = bytes.get(4..8).and_then(|four| <[u8; 4]>::try_from(four).ok()) else { return false };
    let start = if little { u32::from_le_bytes(start) } else { u32::from_be_bytes(start) } as usize;
    let entries = short(start).map_or(0, usize::from);
    (0..entries).map_while(|i| short(start + 2 + 12 * i)).any(|tag| tag == DNG_VERSION)
}

/// Whether XML's root is a drawing; comments and declarations may stand before it.
fn is_svg(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = text.trim_ascii_start();
    text.starts_with(b"<svg")
        || ((text.starts_with(b"<?xml") || text.starts_with(b"<!"))
            && memchr::memmem::find(&text[..text.len().min(4096)], b"<svg").is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_known_by_their_first_bytes() {
        let dng = [&b"II*\0\x08\0\0\0\x02\0\x00\x01\x04\0\x01\0\0\0\0\0\0\0\x12\xC6\x01\0\x04\0\0\0\x01\x04\0\0"[..], &[0; 4]].concat();
        let cases: [(&[u8], Option<Foreign>); 24] = [
            (b"\0\0\0\x20ftypavif\0\0\0\0avifmif1miaf", Some(Foreign::Avif)),
            (b"\0\0\0\x1Cftypmif1\0\0\0\0mif1avifmiaf", Some(Foreign::Avif)),
            (b"\0\0\0\x1Cftypheic\0\0\0\0mif1heic", Some(Foreign::Heic)),
            (b"\0\0\0\x1Cftypmif1\0\0\0\0mif1heic", Some(Foreign::Heic)),
            (b"\0\0\0\x14ftypmif1\0\0\0\0mif1", Some(Foreign::Heif)),
            // what follows the box is no brand
            (b"\0\0\0\x14ftypmif1\0\0\0\0mif1avif", Some(Foreign::Heif)),
            (b"\0\0\0\x18ftypmp42\0\0\0\0isomavif", Some(Foreign::Video)),
            (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", Some(Foreign::Video)),
            (b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom", Some(Foreign::Raw)),
            (b"ftyp", None),
            (b"\0\0\0\x08ftyp", Some(Foreign::Video)),
            (b"\xFF\x0A\xFA\x7F", Some(Foreign::JpegXl)),
            (b"\0\0\0\x0CJXL \r\n\x87\n", Some(Foreign::JpegXl)),
            (b"\0\0\0\x0CjP  \r\n\x87\n", Some(Foreign::Jpeg2000)),
            (b"\xFF\x4F\xFF\x51\0", Some(Foreign::Jpeg2000)),
            (b"%PDF-1.7\n", Some(Foreign::Pdf)),
            (b"\xEF\xBB\xBF <?xml version='1.0'?>\n<!-- x --><svg xmlns='y'>", Some(Foreign::Svg)),
            (b"<svg/>", Some(Foreign::Svg)),
            (b"<?xml version='1.0'?><html>", None),
            (&dng, Some(Foreign::Raw)),
            (b"II*\0\x08\0\0\0\x01\0\x00\x01\x04\0\x01\0\0\0\0\0\0\0", None),
            (b"\x1A\x45\xDF\xA3\x01", Some(Foreign::Video)),
            (b"\xFF\xD8\xFF\xE0\0\x10JFIF", None),
            (b"", None),
        ];
        for (bytes, expected) in cases {
            assert_eq!(Foreign::by_content(bytes), expected, "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn no_beginning_of_any_length_panics() {
        let whole: &[u8] = b"\xFF\xFF\xFF\xFFftypmif1\0\0\0\0mif1heic";
        for keep in 0..whole.len() {
            Foreign::by_content(&whole[..keep]);
        }
        for start in [b"II*\0\xFF\xFF\xFF\xFF", b"MM\0*\xFF\xFF\xFF\xFF", b"II*\0\x04\0\0\0"] {
            assert_eq!(Foreign::by_content(start), None);
        }
    }

    #[test]
    fn names_are_known_in_any_case_of_letters() {
        for (name, expected) in [("a.HEIC", Some(Foreign::Heic)), ("a.b.NeF", Some(Foreign::Raw)), ("heic", None), ("a.jpg", None)] {
            assert_eq!(Foreign::by_name(Path::new(name)), expected, "{name}");
        }
    }
}
