//! The JSON of the contract.

use contract::engine::EngineConfig;
use contract::parameters::PARAMETERS;
use contract::ports::PORTS;
use contract::registers::{self, Access, REGISTERS};
use contract::RECORDS;
use serde_json::Value;

#[test]
fn it_has_every_register_with_its_bits() {
    let json = registers::json(&EngineConfig::standard(8));
    let all = json.as_array().expect("an array");
    assert_eq!(all.len(), REGISTERS.len());
    for (json, register) in all.iter().zip(REGISTERS) {
        assert_eq!((json["name"].as_str(), json["offset"].as_u64()), (Some(register.name), Some(register.offset.into())));
        assert_eq!(json["fields"].as_array().map(Vec::len), Some(register.fields.len()));
        assert_eq!(json["constant"].as_bool(), Some(register.is_constant()));
    }
    let named = |name: &str| all.iter().find(|register| register["name"] == name).expect("in the map");
    assert_eq!((&named("COLUMNS")["reset"], &named("ERRORS")["access"]), (&8.into(), &"W1C".into()));
    assert_eq!((&named("CONTROL")["fields"][0]["access"], &named("LAYER_STATISTICS")["reset"]), (&"W1".into(), &Value::Null));
    assert_eq!(registers::at(0x48).map(|register| register.access), Some(Access::ClearByOne));
}

#[test]
fn it_has_everything_else() {
    let config = EngineConfig { line_pixels: 77, ..EngineConfig::standard(8) };
    let json = contract::json(&config);
    assert_eq!(json["registers"], registers::json(&config));
    assert_eq!(json["version"], registers::VERSION);
    let parameters = json["parameters"].as_array().expect("an array");
    assert_eq!(parameters.len(), PARAMETERS.len());
    for (json, parameter) in parameters.iter().zip(PARAMETERS) {
        assert_eq!((&json["name"], &json["value"]), (&parameter.name.into(), &(parameter.get)(&config).into()));
    }
    let lines = parameters.iter().find(|parameter| parameter["name"] == "line_pixels").expect("a parameter");
    assert_eq!((&lines["value"], &lines["standard"], &lines["option"]), (&77.into(), &128.into(), &"--line-pixels".into()));
    assert_eq!(json["ports"].as_array().map(Vec::len), Some(PORTS.len()));
    assert_eq!(json["records"].as_object().map(serde_json::Map::len), Some(RECORDS.len()));
    for record in RECORDS {
        let fields = json["records"][record.name]["fields"].as_array().expect("an array");
        assert_eq!(fields.len(), record.fields.len());
        for (json, field) in fields.iter().zip(record.fields) {
            assert_eq!((&json["name"], &json["beat"], &json["low"]), (&field.name.into(), &field.beat.into(), &field.low.into()));
            assert_eq!((&json["width"], &json["offset"]), (&field.width.into(), &field.offset.into()));
            assert_eq!(json["values"].as_array().map(Vec::len), Some(field.values.len()));
        }
    }
    assert_eq!(json["records"]["header_in"]["fields"][0]["fixed"], 0xE3B5);
}
