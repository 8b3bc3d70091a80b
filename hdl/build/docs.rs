//! The documentation comments of the RTL, taken from the source: rust-hdl's derive drops them, and the Verilog wants them.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Fields, Ident, ImplItem, Item, Lit, LitStr, Meta, PathArguments, Stmt, Token, Type};

/// A struct with its fields.
struct Block {
    file: String,
    name: String,
    /// What its kernel begins with; empty for leaves and bundles of ports.
    header: String,
    doc: String,
    /// (name, type without its arrays and parameters, documentation).
    fields: Vec<(String, String, String)>,
}

/// Another name of a struct: `type name = of<...>`.
struct Alias {
    name: String,
    of: String,
}

/// What the source says.
#[derive(Default)]
struct Found {
    blocks: Vec<Block>,
    states: Vec<States>,
    aliases: Vec<Alias>,
}

/// An enum of states: its variants are (name, documentation).
struct States {
    file: String,
    name: String,
    doc: String,
    variants: Vec<(String, String)>,
}

/// Writes the constants `BLOCKS` and `STATES` for every struct that derives `LogicBlock` or that a macro of
/// `lang/bundle.rs` declares, and every enum that derives `LogicState`, below `folders` of `source`.
pub fn write(source: &Path, folders: &[&str], to: &Path) {
    let mut files = vec![];
    for folder in folders {
        println!("cargo::rerun-if-changed={}", source.join(folder).display());
        rust_files(&source.join(folder), &mut files);
    }
    files.sort();
    let mut found = Found::default();
    for path in files {
        let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        // the compiler says better what is wrong with a file that is no Rust
        let Ok(file) = syn::parse_file(&text) else { continue };
        let name = path.strip_prefix(source).expect("a file of the folder").display().to_string();
        read(&name, &file.items, &mut found);
    }
    for alias in &found.aliases {
        let types = found.blocks.iter_mut().flat_map(|b| &mut b.fields).map(|f| &mut f.1);
        types.filter(|ty| **ty == alias.name).for_each(|ty| ty.clone_from(&alias.of));
    }
    let blocks = &found.blocks;
    for (i, block) in blocks.iter().enumerate() {
        let twin = blocks[..i].iter().find(|b| b.name == block.name || (!b.header.is_empty() && b.header == block.header));
        if let Some(twin) = twin {
            panic!("{} in {} and {} in {} have one name or one header comment", twin.name, twin.file, block.name, block.file);
        }
    }
    fs::write(to, text(blocks, &found.states)).expect("cargo's folder can be written");
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())).flatten() {
        let path = entry.path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

fn read(file: &str, items: &[Item], found: &mut Found) {
    let first = found.blocks.len();
    for item in items {
        match item {
            Item::Struct(s) if derives(&s.attrs, "LogicBlock") => {
                if let Fields::Named(fields) = &s.fields {
                    found.blocks.push(block(file, &s.ident, &s.attrs, &fields.named));
                }
            }
            Item::Macro(m) if m.mac.path.is_ident("bundle") || m.mac.path.is_ident("port_list") => {
                let declared = m.mac.parse_body_with(ports);
                let (attributes, name, fields) = declared.unwrap_or_else(|e| panic!("{file}: a bundle whose ports cannot be read: {e}"));
                found.blocks.push(block(file, &name, &attributes, &fields));
            }
            Item::Type(t) => found.aliases.push(Alias { name: t.ident.to_string(), of: base(&t.ty) }),
            Item::Enum(e) if derives(&e.attrs, "LogicState") => found.states.push(States {
                file: file.into(),
                name: e.ident.to_string(),
                doc: doc(&e.attrs),
                variants: e.variants.iter().map(|v| (v.ident.to_string(), doc(&v.attrs))).collect(),
            }),
            _ => {}
        }
    }
    for item in items {
        let Item::Impl(i) = item else { continue };
        let of = i.trait_.as_ref().and_then(|t| t.1.segments.last());
        if of.is_none_or(|name| name.ident != "Logic") {
            continue;
        }
        if let Some(block) = found.blocks[first..].iter_mut().find(|b| b.name == base(&i.self_ty)) {
            block.header = i.items.iter().find_map(header).unwrap_or_default();
        }
    }
}

type NamedFields = Punctuated<syn::Field, Token![,]>;

fn block(file: &str, name: &Ident, attributes: &[Attribute], fields: &NamedFields) -> Block {
    let field = |f: &syn::Field| {
        let name = f.ident.as_ref().map(ToString::to_string).unwrap_or_default();
        (name, base(&f.ty), doc(&f.attrs))
    };
    Block {
        file: file.into(),
        name: name.to_string(),
        header: String::new(),
        doc: doc(attributes),
        fields: fields.iter().map(field).filter(|f| !f.0.starts_with('_')).collect(),
    }
}

/// `pub struct Name ... { pub port: Type, ... }` of `bundle!` and `port_list!`.
fn ports(input: ParseStream) -> syn::Result<(Vec<Attribute>, Ident, NamedFields)> {
    let attributes = Attribute::parse_outer(input)?;
    input.parse::<syn::Visibility>()?;
    input.parse::<Token![struct]>()?;
    let name: Ident = input.parse()?;
    let mut fields = None;
    while !input.is_empty() {
        if let TokenTree::Group(group) = input.parse()? {
            if group.delimiter() == Delimiter::Brace {
                fields =
                    Some((|ports: ParseStream| NamedFields::parse_terminated_with(ports, syn::Field::parse_named)).parse2(group.stream())?);
            }
        }
    }
    Ok((attributes, name, fields.unwrap_or_default()))
}

/// What `wiring! { "header" ...` or the `comment!("header")` at the start of a kernel says.
fn header(item: &ImplItem) -> Option<String> {
    match item {
        ImplItem::Macro(m) if m.mac.path.is_ident("wiring") => m.mac.parse_body_with(|input: ParseStream| {
            let text: LitStr = input.parse()?;
            input.parse::<TokenStream>()?;
            Ok(text.value())
        }),
        ImplItem::Fn(f) if f.sig.ident == "update" => match f.block.stmts.first()? {
            Stmt::Macro(m) if m.mac.path.is_ident("comment") => m.mac.parse_body::<LitStr>().map(|text| text.value()),
            _ => return None,
        },
        _ => return None,
    }
    .ok()
}

fn derives(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().filter(|a| a.path().is_ident("derive")).any(|a| {
        let mut found = false;
        let read = a.parse_nested_meta(|meta| {
            found |= meta.path.is_ident(name);
            Ok(())
        });
        read.is_ok() && found
    })
}

/// The documentation's lines, without the blank that each begins with.
fn doc(attributes: &[Attribute]) -> String {
    let mut lines = vec![];
    for attribute in attributes.iter().filter(|a| a.path().is_ident("doc")) {
        if let Meta::NameValue(value) = &attribute.meta {
            if let Expr::Lit(expression) = &value.value {
                if let Lit::Str(text) = &expression.lit {
                    lines.extend(text.value().split('\n').map(|l| l.strip_prefix(' ').unwrap_or(l).to_string()));
                }
            }
        }
    }
    lines.join("\n")
}

/// `Cell` of `Vec<Cell<8>>`, `[Cell<8>; 4]` and the like.
fn base(ty: &Type) -> String {
    match ty {
        Type::Array(array) => base(&array.elem),
        Type::Path(path) => {
            let Some(last) = path.path.segments.last() else { return String::new() };
            match &last.arguments {
                PathArguments::AngleBracketed(arguments) if last.ident == "Vec" => arguments
                    .args
                    .iter()
                    .find_map(|a| if let syn::GenericArgument::Type(ty) = a { Some(base(ty)) } else { None })
                    .unwrap_or_default(),
                _ => last.ident.to_string(),
            }
        }
        _ => String::new(),
    }
}

fn text(blocks: &[Block], states: &[States]) -> String {
    let mut out = String::from("const BLOCKS: &[Block] = &[\n");
    for b in blocks {
        writeln!(out, "    Block {{ file: {:?}, name: {:?}, header: {:?}, doc: {:?}, fields: &[", b.file, b.name, b.header, b.doc)
            .expect("text");
        for (name, ty, doc) in &b.fields {
            writeln!(out, "        Field {{ name: {name:?}, ty: {ty:?}, doc: {doc:?} }},").expect("text");
        }
        out += "    ] },\n";
    }
    out += "];\nconst STATES: &[States] = &[\n";
    for s in states {
        writeln!(out, "    States {{ file: {:?}, name: {:?}, doc: {:?}, variants: &{:?} }},", s.file, s.name, s.doc, s.variants)
            .expect("text");
    }
    out + "];\n"
}
