//! The library `ember` gives what `ember classify` writes: predictions, sums, logits and errors of files, encoded bytes and pixels.

mod common;

use ember::{Image, Model, Options, PixelFormat};
use net::assets::PHOTOGRAPHS;

#[test]
fn the_library_gives_what_the_program_writes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    common::write_photographs(folder.path());
    let path = |name: &str| common::text(&folder.path().join(name)).to_string();
    let names: Vec<String> = PHOTOGRAPHS.iter().map(|p| p.name).chain(["missing.png"]).map(path).collect();
    let mut arguments = vec!["classify", "--format", "jsonl", "--logits", "--quiet"];
    arguments.extend(names.iter().map(String::as_str));
    let output = common::ember(&arguments);
    let written: Vec<serde_json::Value> =
        String::from_utf8(output.stdout).expect("UTF-8").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(written.len(), 4);

    let classifier = ember::open("software", &Model::embedded(), &Options::default()).expect("it opens");
    // what the program wrote is read back in the same way as this
    let again = |value: serde_json::Value| -> serde_json::Value { serde_json::from_str(&value.to_string()).expect("JSON") };
    for (record, result) in written.iter().zip(classifier.classify_batch(names.iter().map(String::as_str))) {
        match result {
            Ok(result) => {
                assert_eq!(record["sums"], serde_json::json!(result.sums()));
                assert_eq!(record["logits"], again(serde_json::json!(result.logits())));
                for (place, prediction) in result.top(5).iter().enumerate() {
                    let mut written = record["predictions"][place].clone();
                    written.as_object_mut().expect("an object").remove("rank");
                    assert_eq!(written, again(serde_json::json!(prediction)));
                }
            }
            Err(error) => assert_eq!(record["error"], error.to_string()),
        }
    }
    // the same photograph in every form
    let decoded = net::photo::decode(PHOTOGRAPHS[2].name, PHOTOGRAPHS[2].bytes).expect("a photograph");
    let (height, width) = (decoded.height() as usize, decoded.width() as usize);
    let forms = [
        Image::encoded(PHOTOGRAPHS[2].bytes),
        Image::raw(decoded.as_raw().clone(), height, width, PixelFormat::Rgb),
        Image::from(decoded),
        Image::from(Model::embedded().input(&PHOTOGRAPHS[2])),
    ];
    for result in classifier.classify_batch(forms) {
        assert_eq!(written[2]["sums"], serde_json::json!(result.expect("a result").sums()));
    }
}
