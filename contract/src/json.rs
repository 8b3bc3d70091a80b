//! The contract as JSON, for tools.

use crate::engine::EngineConfig;
use crate::field::Field;
use crate::kind::Named;
use crate::parameters::{Parameter, Values, PARAMETERS};
use crate::ports::{Port, PORTS};
use crate::record::{Record, RECORDS};
use serde_json::{json, Map, Value};

/// An object for an engine of size `config`:
///
/// ```text
/// version      number     of the interface
/// parameters   [{name, option, register, value, values (those that can be) or least and most, standard, description}]
/// ports        [{name, width (bits), output, description}]
/// records      {name: {title, beats, bits (of a beat), fields}}: packets, descriptor, table entry, token; a field is
///              {name, beat, low (bit), width (bits), offset (added to the stored number), fixed (number or null),
///              values ([{name, value, description}]), description}
/// registers    as `registers::json`
/// ```
pub fn json(config: &EngineConfig) -> Value {
    let records: Map<String, Value> = RECORDS.iter().map(|it| (it.name.into(), record(it))).collect();
    json!({
        "version": crate::registers::VERSION,
        "parameters": PARAMETERS.iter().map(|it| parameter(it, config)).collect::<Vec<_>>(),
        "ports": PORTS.iter().map(port).collect::<Vec<_>>(),
        "records": records,
        "registers": crate::registers::json(config),
    })
}

fn parameter(parameter: &Parameter, config: &EngineConfig) -> Value {
    let (values, least, most) = match parameter.values {
        Values::OneOf(values) => (Some(values), None, None),
        Values::Between(least, most) => (None, Some(least), Some(most)),
    };
    json!({
        "name": parameter.name, "option": format!("--{}", parameter.option()), "register": parameter.register,
        "value": (parameter.get)(config), "values": values, "least": least, "most": most,
        "standard": parameter.standard.value(config.columns), "description": parameter.description,
    })
}

fn port(port: &Port) -> Value {
    json!({ "name": port.name, "width": port.width, "output": port.output, "description": port.description })
}

fn record(record: &Record) -> Value {
    json!({
        "title": record.title, "beats": record.beats, "bits": record.bits,
        "fields": record.fields.iter().map(field).collect::<Vec<_>>(),
    })
}

fn field(field: &Field) -> Value {
    json!({
        "name": field.name, "beat": field.beat, "low": field.low, "width": field.width, "offset": field.offset, "fixed": field.fixed,
        "values": field.values.iter().map(named).collect::<Vec<_>>(), "description": field.meaning,
    })
}

fn named(named: &Named) -> Value {
    json!({ "name": named.name, "value": named.value, "description": named.meaning })
}
