# AMD Alveo U50, xcu50-fsvh2104-2-e: pins and configuration.
# The source of every fact is named as repository: file. Ports are those of the block design in build.tcl.

# PCI Express reference clock, 100 MHz. alexforencich/verilog-pcie: example/Alveo/fpga/fpga_au50.xdc, for 16 lanes
set_property PACKAGE_PIN AF9 [get_ports {pcie_refclk_clk_p*}]
set_property PACKAGE_PIN AF8 [get_ports {pcie_refclk_clk_n*}]
create_clock -name pcie_refclk -period 10.000 [get_ports {pcie_refclk_clk_p*}]

# PERST#, active low, asynchronous; pulled up where no host drives it. alexforencich/verilog-pcie: example/Alveo/fpga/fpga_au50.xdc
set_property -dict {PACKAGE_PIN AW27 IOSTANDARD LVCMOS18 PULLUP true} [get_ports {pcie_perst_n}]
set_false_path -from [get_ports {pcie_perst_n}]

# HBM over temperature, to the card's controller. alexforencich/verilog-pcie: example/Alveo/fpga/fpga_au50.xdc
set_property -dict {PACKAGE_PIN J18 IOSTANDARD LVCMOS18} [get_ports {hbm_cattrip}]
set_false_path -to [get_ports {hbm_cattrip}]

# Configuration. alexforencich/verilog-pcie: example/Alveo/fpga/fpga_au50.xdc
set_property CFGBVS GND [current_design]
set_property CONFIG_VOLTAGE 1.8 [current_design]
set_property BITSTREAM.GENERAL.COMPRESS TRUE [current_design]
set_property BITSTREAM.CONFIG.CONFIGFALLBACK ENABLE [current_design]
set_property BITSTREAM.CONFIG.EXTMASTERCCLK_EN DISABLE [current_design]
set_property BITSTREAM.CONFIG.CONFIGRATE 85.0 [current_design]
set_property BITSTREAM.CONFIG.SPI_32BIT_ADDR YES [current_design]
set_property BITSTREAM.CONFIG.SPI_BUSWIDTH 4 [current_design]
set_property BITSTREAM.CONFIG.SPI_FALL_EDGE YES [current_design]
set_property BITSTREAM.CONFIG.UNUSEDPIN PULLUP [current_design]
set_property CONFIG_MODE SPIx4 [current_design]
