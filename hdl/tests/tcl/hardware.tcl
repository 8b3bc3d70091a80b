# The hardware manager.

set stub_programmed 0
set stub_hw {}

proc open_hw_manager {} { set ::stub_hw manager }
proc connect_hw_server {args} {
    stub_options connect_hw_server $args {-url 1 -allow_non_jtag 0} 0
    if {$::stub_hw ne "manager"} { stub_error "the hardware manager is not open" }
    set ::stub_hw server
}
proc open_hw_target {} {
    if {$::stub_hw ne "server"} { stub_error "no server" }
    set ::stub_hw target
}
proc get_hw_devices {args} {
    lassign [stub_options get_hw_devices $args {-quiet 0} 1] options names
    if {$::stub_hw ne "target"} { stub_error "no target" }
    set found [lsearch -all -inline -glob [stub_env STUB_DEVICES xcku5p_0] [lindex $names 0]]
    return [lmap name $found {string cat hw_device: $name}]
}
proc stub_device {device} {
    if {![string match hw_device:* $device]} { error "\[stub\] $device is no device" }
}
proc current_hw_device {device} { stub_device $device }
proc refresh_hw_device {args} {
    lassign [stub_options refresh_hw_device $args {-update_hw_probes 1} 1 1] options devices
    stub_device [lindex $devices 0]
}
proc program_hw_devices {device} { stub_device $device; set ::stub_programmed 1 }
proc boot_hw_device {device} { stub_device $device }
proc get_cfgmem_parts {args} {
    lassign [stub_options get_cfgmem_parts $args {-quiet 0} 1 1] options names
    set known {s25fl256sxxxxxx0-spi-x1_x2_x4 28f00ap30t-bpi-x16 mt25qu256-spi-x1_x2_x4_x8 mt25qu01g-spi-x1_x2_x4 mt25qu01g-spi-x1_x2_x4_x8}
    return [lmap name [lsearch -all -inline $known [lindex $names 0]] {string cat cfgmem_part: $name}]
}
proc create_hw_cfgmem {args} {
    lassign [stub_options create_hw_cfgmem $args {-hw_device 1 -mem_dev 1} 1] options parts
    stub_device [dict get $options -hw_device]
    if {![string match cfgmem_part:* [lindex $parts 0]]} { stub_error "$parts is no memory" }
    return hw_cfgmem:0
}
proc create_hw_bitstream {args} {
    lassign [stub_options create_hw_bitstream $args {-hw_device 1} 1 1] options
    stub_device [dict get $options -hw_device]
}
proc program_hw_cfgmem {args} {
    lassign [stub_options program_hw_cfgmem $args {-hw_cfgmem 1} 0] options
    if {[dict get $options -hw_cfgmem] ne "hw_cfgmem:0"} { stub_error "no memory" }
}
