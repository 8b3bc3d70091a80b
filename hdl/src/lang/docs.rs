//! What the RTL's documentation says of a block, its fields and its states; `build/docs.rs` collects it.
//!
//! A block of the tree is tied to its struct by the header comment that its kernel begins with (a leaf names its
//! struct), and held to it: every field of the tree is a field of the struct.

use super::leaf::Leaf;
use super::walk::{Item, Node, Path};
use rust_hdl_core::ast::{Verilog, VerilogStatement};

include!(concat!(env!("OUT_DIR"), "/docs.rs"));

/// A struct of the RTL.
#[derive(Debug)]
pub struct Block {
    file: &'static str,
    /// Of the struct.
    pub name: &'static str,
    header: &'static str,
    /// Markdown.
    pub doc: &'static str,
    fields: &'static [Field],
}

/// One of its fields.
#[derive(Debug)]
pub struct Field {
    /// As in Rust.
    pub name: &'static str,
    /// Its type, or that of its elements.
    pub ty: &'static str,
    /// Markdown; empty for none.
    pub doc: &'static str,
}

/// An enum of states.
#[derive(Debug)]
pub struct States {
    file: &'static str,
    name: &'static str,
    /// Markdown; empty for none.
    pub doc: &'static str,
    /// Name and Markdown of each.
    pub variants: &'static [(&'static str, &'static str)],
}

impl Block {
    /// The struct of `node`; `None` for a block of another crate (a test's).
    ///
    /// # Panics
    /// The struct found has not the fields of the node: two blocks share one header.
    pub fn of(node: &Node) -> Option<&'static Self> {
        let block = match &node.code {
            Verilog::Custom(text) => {
                let leaf = Leaf::read(text)?;
                BLOCKS.iter().find(|b| b.name == leaf.block)?
            }
            Verilog::Combinatorial(statements) => match statements.first()? {
                VerilogStatement::Comment(text) => {
                    let header = super::statement::comment_text(text);
                    BLOCKS.iter().find(|b| !b.header.is_empty() && b.header == header)?
                }
                _ => return None,
            },
            _ => return None,
        };
        let strange = node.items.iter().map(|i| &i.path).chain(node.children.iter().map(|c| &c.path)).find(|p| block.field(p).is_none());
        if let Some(path) = strange {
            panic!("block {}: `{}` is no field of {} in hdl/src/{}", node.instance, path.field(), block.name, block.file);
        }
        Some(block)
    }

    /// The field that `path` begins with; the fields of a field `ports` are the block's own.
    pub fn field(&self, path: &Path) -> Option<&'static Field> {
        let own = self.fields.iter().find(|f| f.name == path.field());
        own.or_else(|| self.fields.iter().filter(|f| f.name == "ports").find_map(|f| within(f, path.field())))
    }

    /// What is said of a signal: of the port inside a bundle, for one.
    pub fn signal(&self, path: &Path) -> Option<&'static Field> {
        path.inner().try_fold(self.field(path)?, within)
    }

    /// The enum of a state signal of this block.
    pub fn states(&self, item: &Item) -> Option<&'static States> {
        let same = |s: &&States| {
            let named = |(name, label): (&(&str, &str), &String)| label.rsplit("::").next() == Some(name.0);
            s.name == item.type_name && s.variants.len() == item.labels.len() && s.variants.iter().zip(&item.labels).all(named)
        };
        STATES.iter().filter(same).max_by_key(|s| s.file == self.file)
    }
}

/// The field `name` of the bundle that `field` is.
fn within(field: &Field, name: &str) -> Option<&'static Field> {
    BLOCKS.iter().find(|b| b.name == field.ty)?.fields.iter().find(|f| f.name == name)
}

/// The module whose struct is called `name`, for what documentation refers to.
pub fn module_of(name: &str) -> Option<&'static str> {
    let block = BLOCKS.iter().find(|b| b.name == name && !b.header.is_empty())?;
    Some(block.header.split_once(':')?.0)
}
