//! The map as JSON, for tools.

use super::{Reset, REGISTERS};
use crate::engine::EngineConfig;
use serde_json::{json, Value};

/// An array of the registers of an engine of size `config`: `name`, `offset` (bytes), `words`, `access` (`R`, `RW`, `W1C`), `reset`
/// (what a soft reset leaves, `null` for what was there before), `constant` (whether that never changes), `description` and
/// `fields`, each with `name`, `low` (bit), `width` (bits), `access` (also `W1`: write 1, reads 0) and `description`.
pub fn json(config: &EngineConfig) -> Value {
    let register = |register: &super::Register| {
        let reset = match register.reset {
            Reset::Value(value) => Some(value),
            _ => register.constant(config),
        };
        let field = |field: &super::RegisterField| {
            json!({
                "name": field.name, "low": field.low, "width": field.width, "access": field.access, "description": field.description,
            })
        };
        json!({
            "name": register.name, "offset": register.offset, "words": register.words, "access": register.access, "reset": reset,
            "constant": register.is_constant(), "description": register.description,
            "fields": register.fields.iter().map(field).collect::<Vec<_>>(),
        })
    };
    REGISTERS.iter().map(register).collect()
}
