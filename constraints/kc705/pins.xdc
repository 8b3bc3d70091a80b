# AMD Kintex-7 KC705 evaluation kit, xc7k325tffg900-2: pins and configuration.
# The source of every fact is named as repository: file. Ports are those of the block design in build.tcl.

# PCI Express reference clock, 100 MHz. litex-hub/litex-boards: litex_boards/platforms/xilinx_kc705.py
set_property PACKAGE_PIN U8 [get_ports {pcie_refclk_clk_p*}]
set_property PACKAGE_PIN U7 [get_ports {pcie_refclk_clk_n*}]
create_clock -name pcie_refclk -period 10.000 [get_ports {pcie_refclk_clk_p*}]

# PERST#, active low, asynchronous; pulled up where no host drives it. litex-hub/litex-boards: litex_boards/platforms/xilinx_kc705.py
set_property -dict {PACKAGE_PIN G25 IOSTANDARD LVCMOS25 PULLUP true} [get_ports {pcie_perst_n}]
set_false_path -from [get_ports {pcie_perst_n}]

# First user LED. litex-hub/litex-boards: litex_boards/platforms/xilinx_kc705.py
set_property -dict {PACKAGE_PIN AB8 IOSTANDARD LVCMOS15} [get_ports {led}]
set_false_path -to [get_ports {led}]

# Configuration. fpganinja/taxi: KC705 fpga.xdc (voltages); BPI: the parallel flash is written by public scripts as 28f00ap30t-bpi-x16
set_property CFGBVS VCCO [current_design]
set_property CONFIG_VOLTAGE 2.5 [current_design]
set_property CONFIG_MODE BPI16 [current_design]
set_property BITSTREAM.GENERAL.COMPRESS TRUE [current_design]
