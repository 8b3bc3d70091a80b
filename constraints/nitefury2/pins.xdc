# RHS Research NiteFury II, xc7a200tfbg484-2: pins and configuration.
# The source of every fact is named as repository: file. Ports are those of the block design in build.tcl.

# PCI Express reference clock, 100 MHz. RHSResearchLLC/NiteFury-and-LiteFury: Sample-Projects/Project-0/FPGA-A200T-3/src/constraints/uEVB-early.xdc
set_property PACKAGE_PIN F6 [get_ports {pcie_refclk_clk_p*}]
set_property PACKAGE_PIN E6 [get_ports {pcie_refclk_clk_n*}]
create_clock -name pcie_refclk -period 10.000 [get_ports {pcie_refclk_clk_p*}]

# PERST#, active low, asynchronous; pulled up where no host drives it. RHSResearchLLC/NiteFury-and-LiteFury: Sample-Projects/Project-0/FPGA-A200T-3/src/constraints/uEVB-early.xdc; pull-up: litex-hub/litex-boards: litex_boards/platforms/sqrl_acorn.py
set_property -dict {PACKAGE_PIN J1 IOSTANDARD LVCMOS33 PULLUP true} [get_ports {pcie_perst_n}]
set_false_path -from [get_ports {pcie_perst_n}]

# LED A1. RHSResearchLLC/NiteFury-and-LiteFury: Sample-Projects/Project-0/FPGA/common/Constraints/normal.xdc
set_property -dict {PACKAGE_PIN G3 IOSTANDARD LVCMOS33 DRIVE 8} [get_ports {led}]
set_false_path -to [get_ports {led}]

# Configuration. RHSResearchLLC/NiteFury-and-LiteFury: Sample-Projects/Project-0/FPGA/common/Constraints/normal.xdc
set_property CFGBVS VCCO [current_design]
set_property CONFIG_VOLTAGE 3.3 [current_design]
set_property CONFIG_MODE SPIx4 [current_design]
set_property BITSTREAM.CONFIG.SPI_BUSWIDTH 4 [current_design]
set_property BITSTREAM.CONFIG.SPI_FALL_EDGE YES [current_design]
set_property BITSTREAM.GENERAL.COMPRESS TRUE [current_design]
set_property BITSTREAM.CONFIG.EXTMASTERCCLK_EN Div-1 [current_design]
set_property BITSTREAM.CONFIG.OVERTEMPPOWERDOWN ENABLE [current_design]
