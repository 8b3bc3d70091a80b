//! `Makefile`: what can be done with the folder.

use crate::board::find::BoardDescription;
use crate::header;

/// The text.
pub fn text(board: &BoardDescription) -> String {
    format!("{}# {}. `make help` says what there is.\n{BODY}", header::lines("#"), board.file.title)
}

const BODY: &str = "
VIVADO ?= vivado
RUN := $(VIVADO) -mode batch -nojournal -notrace -log build.log
AUTO := $(if $(AUTO_CLOCK),--auto-clock)
SOURCES := build.tcl $(wildcard rtl/*.v constraints/*)

.PHONY: help bitstream project lint program flash clean
.DELETE_ON_ERROR:

help:
\t@echo 'make bitstream   build/ember.bit and the flash image, in memory (non-project flow)'
\t@echo 'make project     the same with a project to open: build/design/ember_board.xpr'
\t@echo 'make lint        Verilator over the Verilog'
\t@echo 'make program     the bitstream into the FPGA, over JTAG, until the power goes'
\t@echo 'make flash       the image into the configuration memory, over JTAG'
\t@echo 'make clean       removes build/'
\t@echo 'VIVADO=PATH chooses a Vivado, JOBS=N the jobs of a project run.'
\t@echo 'AUTO_CLOCK=1: a build that misses its clock is done again at the next lower one, until it is met.'

bitstream: build/ember.bit

build/ember.bit: $(SOURCES)
\t$(RUN) -source build.tcl -tclargs nonproject $(AUTO)

project:
\t$(RUN) -source build.tcl -tclargs project $(AUTO)

lint:
\tverilator --lint-only -Wall --top-module ember_shell rtl/*.v

program: build/ember.bit
\t$(RUN) -source program.tcl -tclargs jtag

flash: build/ember.bit
\t$(RUN) -source program.tcl -tclargs flash

clean:
\trm -rf build build.log
";
