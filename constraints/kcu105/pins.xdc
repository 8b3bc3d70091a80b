# AMD Kintex UltraScale KCU105 evaluation kit, xcku040-ffva1156-2-e: pins and configuration.
# The source of every fact is named as repository: file. Ports are those of the block design in build.tcl.

# PCI Express reference clock, 100 MHz. fpganinja/taxi: src/eth/example/KCU105/fpga/syn/pcie.xdc; litex-hub/litex-boards: litex_boards/platforms/xilinx_kcu105.py
set_property PACKAGE_PIN AB6 [get_ports {pcie_refclk_clk_p*}]
set_property PACKAGE_PIN AB5 [get_ports {pcie_refclk_clk_n*}]
create_clock -name pcie_refclk -period 10.000 [get_ports {pcie_refclk_clk_p*}]

# PERST#, active low, asynchronous; pulled up where no host drives it. fpganinja/taxi: src/eth/example/KCU105/fpga/syn/pcie.xdc; litex-hub/litex-boards: litex_boards/platforms/xilinx_kcu105.py
set_property -dict {PACKAGE_PIN K22 IOSTANDARD LVCMOS18 PULLUP true} [get_ports {pcie_perst_n}]
set_false_path -from [get_ports {pcie_perst_n}]

# First user LED. litex-hub/litex-boards: litex_boards/platforms/xilinx_kcu105.py
set_property -dict {PACKAGE_PIN AP8 IOSTANDARD LVCMOS18} [get_ports {led}]
set_false_path -to [get_ports {led}]

# Configuration. fpganinja/taxi: src/eth/example/KCU105/fpga/syn/fpga.xdc
set_property CFGBVS GND [current_design]
set_property CONFIG_VOLTAGE 1.8 [current_design]
set_property BITSTREAM.GENERAL.COMPRESS TRUE [current_design]
set_property BITSTREAM.CONFIG.EXTMASTERCCLK_EN DIV-1 [current_design]
set_property BITSTREAM.CONFIG.SPI_32BIT_ADDR YES [current_design]
set_property BITSTREAM.CONFIG.SPI_BUSWIDTH 8 [current_design]
set_property BITSTREAM.CONFIG.SPI_FALL_EDGE YES [current_design]
set_property BITSTREAM.CONFIG.OVERTEMPSHUTDOWN ENABLE [current_design]
