# AMD Kintex UltraScale+ KCU116 evaluation kit, xcku5p-ffvb676-2-e: pins and configuration.
# The source of every fact is named as repository: file. Ports are those of the block design in build.tcl.

# PCI Express reference clock, 100 MHz. litex-hub/litex-boards: litex_boards/platforms/xilinx_kcu116.py
set_property PACKAGE_PIN V7 [get_ports {pcie_refclk_clk_p*}]
set_property PACKAGE_PIN V6 [get_ports {pcie_refclk_clk_n*}]
create_clock -name pcie_refclk -period 10.000 [get_ports {pcie_refclk_clk_p*}]

# PERST#, active low, asynchronous; pulled up where no host drives it. litex-hub/litex-boards: litex_boards/platforms/xilinx_kcu116.py
set_property -dict {PACKAGE_PIN T19 IOSTANDARD LVCMOS18 PULLUP true} [get_ports {pcie_perst_n}]
set_false_path -from [get_ports {pcie_perst_n}]

# First user LED. litex-hub/litex-boards: litex_boards/platforms/xilinx_kcu116.py
set_property -dict {PACKAGE_PIN C9 IOSTANDARD LVCMOS33} [get_ports {led}]
set_false_path -to [get_ports {led}]

# Configuration. Voltages of this part and package: fpganinja/taxi: src/cndm/board/RK_XCKU5P_F/fpga/fpga.xdc. No public source names the flash: see README.md
set_property CFGBVS GND [current_design]
set_property CONFIG_VOLTAGE 1.8 [current_design]
set_property BITSTREAM.GENERAL.COMPRESS TRUE [current_design]
