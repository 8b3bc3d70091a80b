# AMD Alveo U250, xcu250-figd2104-2L-e: pins and configuration.
# The source of every fact is named as repository: file. Ports are those of the block design in build.tcl.

# PCI Express reference clock, 100 MHz. alexforencich/verilog-pcie: example/Alveo/fpga/fpga_au200.xdc
set_property PACKAGE_PIN AM11 [get_ports {pcie_refclk_clk_p*}]
set_property PACKAGE_PIN AM10 [get_ports {pcie_refclk_clk_n*}]
create_clock -name pcie_refclk -period 10.000 [get_ports {pcie_refclk_clk_p*}]

# PERST#, active low, asynchronous; pulled up where no host drives it. alexforencich/verilog-pcie: example/Alveo/fpga/fpga_au200.xdc
set_property -dict {PACKAGE_PIN BD21 IOSTANDARD LVCMOS12 PULLUP true} [get_ports {pcie_perst_n}]
set_false_path -from [get_ports {pcie_perst_n}]

# First LED. alexforencich/verilog-pcie: example/Alveo/fpga/fpga_au200.xdc
set_property -dict {PACKAGE_PIN BC21 IOSTANDARD LVCMOS12 SLEW SLOW DRIVE 8} [get_ports {led}]
set_false_path -to [get_ports {led}]

# Configuration. alexforencich/verilog-pcie: example/Alveo/fpga/fpga_au200.xdc
set_property CFGBVS GND [current_design]
set_property CONFIG_VOLTAGE 1.8 [current_design]
set_property BITSTREAM.GENERAL.COMPRESS TRUE [current_design]
set_property BITSTREAM.CONFIG.CONFIGFALLBACK ENABLE [current_design]
set_property BITSTREAM.CONFIG.EXTMASTERCCLK_EN DISABLE [current_design]
set_property BITSTREAM.CONFIG.CONFIGRATE 63.8 [current_design]
set_property BITSTREAM.CONFIG.SPI_32BIT_ADDR YES [current_design]
set_property BITSTREAM.CONFIG.SPI_BUSWIDTH 4 [current_design]
set_property BITSTREAM.CONFIG.SPI_FALL_EDGE YES [current_design]
set_property BITSTREAM.CONFIG.UNUSEDPIN PULLUP [current_design]
