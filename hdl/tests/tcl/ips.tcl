# The IPs of the catalogue: versions, properties with the values that they take, and pins.

set stub_catalogue {
    xilinx.com:ip:util_ds_buf {2.1 2.2}
    xilinx.com:ip:xdma        {4.1}
    xilinx.com:ip:clk_wiz     {5.4 6.0}
    xilinx.com:ip:xlconstant  {1.1}
}

proc get_ipdefs {args} {
    global stub_catalogue
    lassign [stub_options get_ipdefs $args {-quiet 0 -all 0 -filter 1}] options names
    set found {}
    dict for {name versions} $stub_catalogue {
        foreach version $versions {
            if {[string match [lindex $names 0] $name:$version]} { lappend found $name:$version }
        }
    }
    return $found
}

# Properties: a list of words, or a pattern `re:...`, or `number:LEAST:MOST`.
set stub_properties {
    util_ds_buf {
        CONFIG.C_BUF_TYPE {IBUFDS OBUFDS IOBUFDS IBUFDSGTE OBUFDSGTE BUFG BUFGCE BUFH BUFHCE BUFG_GT}
        CONFIG.C_SIZE number:1:32
    }
    clk_wiz {
        CONFIG.PRIM_SOURCE {Single_ended_clock_capable_pin Differential_clock_capable_pin Global_buffer No_buffer}
        CONFIG.PRIM_IN_FREQ number:10:1000
        CONFIG.CLKOUT1_REQUESTED_OUT_FREQ number:4:800
        CONFIG.USE_LOCKED {true false}
        CONFIG.USE_RESET {true false}
        CONFIG.RESET_TYPE {ACTIVE_HIGH ACTIVE_LOW}
    }
    xlconstant {
        CONFIG.CONST_WIDTH number:1:4096
        CONFIG.CONST_VAL number:0:1000000
    }
    xdma {
        CONFIG.functional_mode {DMA AXI_Bridge}
        CONFIG.mode_selection {Basic Advanced}
        CONFIG.pcie_blk_locn re:^(PCIE4C_)?X\\d+Y\\d+$
        CONFIG.en_gt_selection {true false}
        CONFIG.select_quad re:^GT[HY]_Quad_\\d+$
        CONFIG.pl_link_cap_max_link_width {X1 X2 X4 X8 X16}
        CONFIG.pl_link_cap_max_link_speed {2.5_GT/s 5.0_GT/s 8.0_GT/s}
        CONFIG.axi_data_width {64_bit 128_bit 256_bit 512_bit}
        CONFIG.axisten_freq {62.5 125 250}
        CONFIG.ref_clk_freq {100_MHz 125_MHz 250_MHz}
        CONFIG.xdma_axi_intf_mm {AXI_Memory_Mapped AXI_Stream}
        CONFIG.xdma_rnum_chnl {1 2 3 4}
        CONFIG.xdma_wnum_chnl {1 2 3 4}
        CONFIG.axilite_master_en {true false}
        CONFIG.axilite_master_size {1 2 4 8 16 32 64 128 256 512}
        CONFIG.axilite_master_scale {Kilobytes Megabytes Gigabytes}
        CONFIG.pciebar2axibar_axil_master re:^0x[0-9A-Fa-f]{8,16}$
        CONFIG.xdma_axilite_slave {true false}
        CONFIG.xdma_num_usr_irq number:1:16
        CONFIG.cfg_mgmt_if {true false}
        CONFIG.pf0_device_id re:^[0-9A-F]{4}$
    }
}

set stub_defaults {
    util_ds_buf {CONFIG.C_BUF_TYPE IBUFDS CONFIG.C_SIZE 1}
    clk_wiz {CONFIG.PRIM_SOURCE Single_ended_clock_capable_pin CONFIG.PRIM_IN_FREQ 100.000 CONFIG.CLKOUT1_REQUESTED_OUT_FREQ 100.000
        CONFIG.USE_LOCKED true CONFIG.USE_RESET true CONFIG.RESET_TYPE ACTIVE_HIGH}
    xlconstant {CONFIG.CONST_WIDTH 1 CONFIG.CONST_VAL 1}
    xdma {CONFIG.functional_mode DMA CONFIG.mode_selection Basic CONFIG.en_gt_selection false CONFIG.pcie_blk_locn X0Y0
        CONFIG.select_quad GTY_Quad_224 CONFIG.pl_link_cap_max_link_width X1 CONFIG.pl_link_cap_max_link_speed 2.5_GT/s
        CONFIG.axi_data_width 64_bit CONFIG.axisten_freq 125 CONFIG.ref_clk_freq 100_MHz CONFIG.xdma_axi_intf_mm AXI_Memory_Mapped
        CONFIG.xdma_rnum_chnl 1 CONFIG.xdma_wnum_chnl 1 CONFIG.axilite_master_en false CONFIG.axilite_master_size 1
        CONFIG.axilite_master_scale Megabytes CONFIG.pciebar2axibar_axil_master 0x0000000000000000 CONFIG.xdma_axilite_slave false
        CONFIG.xdma_num_usr_irq 1 CONFIG.cfg_mgmt_if true CONFIG.pf0_device_id 9011}
}

# PG195: lanes, speed, then the pairs of width and clock that the IP offers.
set stub_links {
    {X1 2.5_GT/s} {64 62.5 64 125} {X2 2.5_GT/s} {64 62.5 64 125} {X4 2.5_GT/s} {64 125} {X8 2.5_GT/s} {64 250 128 125}
    {X16 2.5_GT/s} {128 250 256 125}
    {X1 5.0_GT/s} {64 62.5 64 125} {X2 5.0_GT/s} {64 125} {X4 5.0_GT/s} {64 250 128 125} {X8 5.0_GT/s} {128 250 256 125}
    {X16 5.0_GT/s} {256 250 512 125}
    {X1 8.0_GT/s} {64 125} {X2 8.0_GT/s} {64 250 128 125} {X4 8.0_GT/s} {128 250 256 125} {X8 8.0_GT/s} {256 250 512 125}
    {X16 8.0_GT/s} {512 250}
}

proc stub_value_fits {rule value} {
    if {[string match re:* $rule]} {
        return [regexp [string map {\\\\ \\} [string range $rule 3 end]] $value]
    }
    if {[string match number:* $rule]} {
        lassign [split $rule :] - least most
        return [expr {[string is double -strict $value] && $value >= $least && $value <= $most}]
    }
    return [expr {$value in $rule}]
}

# Pins of an IP with its properties: {interfaces {name {vlnv mode required width}} pins {name {direction width required}}}.
proc stub_ip_pins {ip p family} {
    switch $ip {
        util_ds_buf {
            set size [dict get $p CONFIG.C_SIZE]
            if {[dict get $p CONFIG.C_BUF_TYPE] ne "IBUFDSGTE"} { return {interfaces {} pins {}} }
            set pins [dict create IBUF_OUT [list O $size 0]]
            if {$family ne "7series"} { dict set pins IBUF_DS_ODIV2 [list O $size 0] }
            return [dict create interfaces {CLK_IN_D {xilinx.com:interface:diff_clock_rtl:1.0 Slave 1 0}} pins $pins]
        }
        clk_wiz {
            set pins {clk_in1 {I 1 1} clk_out1 {O 1 0}}
            if {[dict get $p CONFIG.USE_LOCKED]} { dict set pins locked {O 1 0} }
            if {[dict get $p CONFIG.USE_RESET]} {
                dict set pins [expr {[dict get $p CONFIG.RESET_TYPE] eq "ACTIVE_LOW" ? "resetn" : "reset"}] {I 1 1}
            }
            return [dict create interfaces {} pins $pins]
        }
        xlconstant {
            return [dict create interfaces {} pins [dict create dout [list O [dict get $p CONFIG.CONST_WIDTH] 0]]]
        }
        xdma {
            set width [string map {_bit {}} [dict get $p CONFIG.axi_data_width]]
            set irq [dict get $p CONFIG.xdma_num_usr_irq]
            set interfaces {pcie_mgt {xilinx.com:interface:pcie_7x_mgt_rtl:1.0 Master 1 0}}
            if {[dict get $p CONFIG.xdma_axi_intf_mm] eq "AXI_Stream"} {
                for {set i 0} {$i < [dict get $p CONFIG.xdma_rnum_chnl]} {incr i} {
                    dict set interfaces M_AXIS_H2C_$i [list xilinx.com:interface:axis_rtl:1.0 Master 1 $width]
                }
                for {set i 0} {$i < [dict get $p CONFIG.xdma_wnum_chnl]} {incr i} {
                    dict set interfaces S_AXIS_C2H_$i [list xilinx.com:interface:axis_rtl:1.0 Slave 1 $width]
                }
            } else {
                dict set interfaces M_AXI [list xilinx.com:interface:aximm_rtl:1.0 Master 1 $width]
            }
            if {[dict get $p CONFIG.axilite_master_en]} {
                dict set interfaces M_AXI_LITE {xilinx.com:interface:aximm_rtl:1.0 Master 1 32}
            }
            if {[dict get $p CONFIG.xdma_axilite_slave]} {
                dict set interfaces S_AXI_LITE {xilinx.com:interface:aximm_rtl:1.0 Slave 1 32}
            }
            if {[dict get $p CONFIG.cfg_mgmt_if]} {
                dict set interfaces pcie_cfg_mgmt {xilinx.com:interface:pcie_cfg_mgmt_rtl:1.0 Slave 0 0}
            }
            set pins [dict create sys_clk {I 1 1} sys_rst_n {I 1 1} axi_aclk {O 1 0} axi_aresetn {O 1 0} user_lnk_up {O 1 0} \
                usr_irq_req [list I $irq 1] usr_irq_ack [list O $irq 0]]
            if {$family ne "7series"} { dict set pins sys_clk_gt {I 1 1} }
            return [dict create interfaces $interfaces pins $pins]
        }
    }
}

# What a change of properties does beside itself, and what it must not be.
proc stub_ip_changed {ip property p part} {
    global stub_parts
    if {$ip ne "xdma"} { return $p }
    set facts [dict get $stub_parts $part]
    set family [dict get $facts family]
    switch $property {
        CONFIG.pcie_blk_locn {
            if {[dict get $p CONFIG.mode_selection] ne "Advanced"} { error "\[stub\] $property wants mode_selection Advanced first" }
            if {[dict get $p $property] ni [dict get $facts blocks]} { error "\[stub\] $part has no PCIe block [dict get $p $property]" }
        }
        CONFIG.en_gt_selection {
            if {$family eq "7series"} { error "\[stub\] $property is not for 7 series" }
        }
        CONFIG.select_quad {
            if {![dict get $p CONFIG.en_gt_selection]} { error "\[stub\] $property wants en_gt_selection first" }
            if {[dict get $p $property] ni [dict get $facts quads]} { error "\[stub\] $part has no quad [dict get $p $property]" }
        }
        CONFIG.pl_link_cap_max_link_width {
            if {[string range [dict get $p $property] 1 end] > [dict get $facts lanes]} { error "\[stub\] $part has no [dict get $p $property]" }
        }
        CONFIG.pl_link_cap_max_link_speed {
            set generation [expr {1 + [lsearch {2.5_GT/s 5.0_GT/s 8.0_GT/s} [dict get $p $property]]}]
            if {$generation > [dict get $facts generation]} { error "\[stub\] $part has no [dict get $p $property]" }
        }
        CONFIG.axi_data_width - CONFIG.axisten_freq {
            # checked in stub_ip_final, for one comes before the other
        }
    }
    if {$property in {CONFIG.pl_link_cap_max_link_width CONFIG.pl_link_cap_max_link_speed}} {
        # a new link brings its own device and stream
        dict set p CONFIG.pf0_device_id 9031
        dict set p CONFIG.axi_data_width 64_bit
        dict set p CONFIG.axisten_freq 125
    }
    return $p
}

# When a design is validated.
proc stub_ip_final {ip p} {
    global stub_links
    if {$ip ne "xdma"} { return }
    set link [list [dict get $p CONFIG.pl_link_cap_max_link_width] [dict get $p CONFIG.pl_link_cap_max_link_speed]]
    set stream [list [string map {_bit {}} [dict get $p CONFIG.axi_data_width]] [dict get $p CONFIG.axisten_freq]]
    foreach {width clock} [dict get $stub_links $link] {
        if {$width == [lindex $stream 0] && $clock == [lindex $stream 1]} { return }
    }
    error "\[stub\] xdma: a link of $link has no stream of [lindex $stream 0] bits at [lindex $stream 1] MHz"
}
