//! Ports of every width, the clock, and models that stop themselves.

use verilated_shim::cosim::Cosim;
use verilated_shim::{Design, Error, Model, Port};

#[test]
fn ports_of_every_storage_class_pass_through() {
    // 8192 bits: the widest port that the project has plans for.
    let widths = [1u32, 7, 8, 16, 31, 32, 33, 63, 64, 65, 96, 100, 8192];
    let mut text = String::from("module wires(\n");
    let mut ports = Vec::new();
    for width in widths {
        text += &format!("  input [{0}:0] i{width}, output [{0}:0] o__{width},\n", width - 1);
        ports.push(Port::input(format!("i{width}"), width));
        ports.push(Port::output(format!("o__{width}"), width));
    }
    text = text.trim_end_matches(",\n").to_string() + ");\n";
    for width in widths {
        text += &format!("  assign o__{width} = ~i{width};\n");
    }
    text += "endmodule\n";
    let mut wires = Cosim::build("wires", [("wires.v", text)], ports).unwrap();
    for width in widths {
        let words = width.div_ceil(32) as usize;
        let mask = |i: usize| if i + 1 == words && width % 32 != 0 { (1u32 << (width % 32)) - 1 } else { u32::MAX };
        let value: Vec<u32> = (0..words).map(|i| (0x9E37_79B9u32.wrapping_mul(i as u32 + 1 + width)) & mask(i)).collect();
        wires.poke_words(&format!("i{width}"), &value);
        wires.eval();
        let expected: Vec<u32> = value.iter().enumerate().map(|(i, w)| !w & mask(i)).collect();
        assert_eq!(wires.peek_words(&format!("o__{width}")), expected, "{width} bits");
    }
}

#[test]
fn clock_counts_rising_edges() {
    let text = "module counter(input clock, input signed [7:0] step, output reg signed [11:0] value);
                initial value = 0; always @(posedge clock) value <= value + {{4{step[7]}}, step}; endmodule";
    let ports = [Port::input("clock", 1), Port::input("step", 8), Port::output("value", 12)];
    let mut counter = Cosim::build("counter", [("counter.v", text)], ports).unwrap();
    counter.poke_signed("step", -128);
    counter.clock(3);
    assert_eq!(counter.peek_signed("value"), -384);
    assert_eq!(counter.peek("value"), 0x1000 - 384);
    assert_eq!(counter.model().cycle(), 3);
}

#[test]
fn a_stop_is_an_error_and_not_the_end_of_the_process() {
    let text = "module stops(input clock, input go); always @(posedge clock) if (go) $stop; endmodule";
    let design = Design::new("stops", [("stops.v", text)], [Port::input("clock", 1), Port::input("go", 1)]).with_clock("clock");
    let mut model = Model::build(&design.with_quick_build(true), &mut |_| {}).unwrap();
    let go = model.port("go").unwrap();
    model.clock(5).unwrap();
    model.set(go, &[1]);
    let error = model.clock(5).unwrap_err();
    assert!(matches!(&error, Error::Stopped { cycle: 5, message } if message.contains("$stop")), "{error}");
}

#[test]
fn verilog_that_verilator_refuses_is_shown() {
    let error = Cosim::build("bad", [("bad.v", "module bad(input a); assign b = ; endmodule")], [Port::input("a", 1)]).err().unwrap();
    assert!(error.to_string().contains("bad.v:1"), "{error}");
}

/// A port that a test forgets would be compared with nothing.
#[test]
fn a_port_list_that_is_not_the_modules_is_refused() {
    let text = "module ports(input clock, input [7:0] a, input signed [99:0] b__c, output y, output reg [32:0] z);
                assign y = a[0]; always @(posedge clock) z <= b__c[32:0]; endmodule";
    let refused = |ports: Vec<Port>| Cosim::build("ports", [("ports.v", text)], ports).err().expect("another list").to_string();
    let mut ports = vec![Port::input("clock", 1), Port::input("a", 8), Port::input("b__c", 100), Port::output("y", 1)];
    assert_eq!(refused(ports.clone()), "design ports: its port z (output, 33 bits) is not in the port list");
    ports.push(Port::output("z", 32));
    assert_eq!(refused(ports.clone()), "design ports: its port z (output, 33 bits) is listed as an output of 32 bits");
    ports[4] = Port::input("z", 33);
    assert_eq!(refused(ports.clone()), "design ports: its port z (output, 33 bits) is listed as an input of 33 bits");
    ports[4] = Port::output("z", 33);
    ports.push(Port::output("x", 3));
    assert_eq!(refused(ports.clone()), "design ports: port x of the port list does not exist");
    ports.pop();
    assert!(Cosim::build("ports", [("ports.v", text)], ports).is_ok());
}

#[test]
#[should_panic(expected = "does not fit")]
fn a_value_too_wide_for_its_port_panics() {
    let ports = [Port::input("a", 3), Port::output("y", 3)];
    let mut model =
        Cosim::build("thin", [("thin.v", "module thin(input [2:0] a, output [2:0] y); assign y = a; endmodule")], ports).unwrap();
    model.poke("a", 8);
}
