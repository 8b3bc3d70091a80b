
# ---- What follows is the same for every board. ----

set here [file dirname [file normalize [info script]]]

proc fail {message} {
    puts stderr "ERROR: $message"
    exit 1
}

proc image {name} {
    global here
    set file [file join $here build $name]
    if {![file isfile $file]} {
        fail "$file is not there; build it first with make"
    }
    return $file
}

# The board's FPGA on the JTAG chain.
proc device {} {
    global jtag_name
    open_hw_manager
    connect_hw_server
    open_hw_target
    set found [get_hw_devices -quiet ${jtag_name}*]
    if {[llength $found] != 1} {
        fail "expected one $jtag_name on the JTAG chain, found [llength $found]; check cable and power"
    }
    current_hw_device $found
    refresh_hw_device -update_hw_probes false $found
    return $found
}

proc program_jtag {} {
    set bit [image ember.bit]
    set device [device]
    set_property PROGRAM.FILE $bit $device
    program_hw_devices $device
}

proc program_flash {} {
    global flash_part flash_interface
    if {$flash_part eq ""} {
        fail "board.toml has no \[flash\]; write build/ember.bit with the maker's tool"
    }
    # two memories of four lines have an image each
    if {$flash_interface eq "spix8"} {
        set files [list [image ember_primary.mcs] [image ember_secondary.mcs]]
    } else {
        set files [list [image ember.mcs]]
    }
    set device [device]
    set part [lindex [get_cfgmem_parts -quiet $flash_part] 0]
    if {$part eq ""} {
        fail "this Vivado does not know the memory $flash_part"
    }
    set memory [create_hw_cfgmem -hw_device $device $part]
    set_property PROGRAM.FILES $files $memory
    set_property PROGRAM.ADDRESS_RANGE use_file $memory
    set_property PROGRAM.UNUSED_PIN_TERMINATION pull-none $memory
    set_property PROGRAM.BLANK_CHECK 0 $memory
    set_property PROGRAM.ERASE 1 $memory
    set_property PROGRAM.CFG_PROGRAM 1 $memory
    set_property PROGRAM.VERIFY 1 $memory
    # the bridge through which Vivado reaches the memory
    create_hw_bitstream -hw_device $device [get_property PROGRAM.HW_CFGMEM_BITFILE $device]
    program_hw_devices $device
    refresh_hw_device -update_hw_probes false $device
    program_hw_cfgmem -hw_cfgmem $memory
    boot_hw_device $device
}

proc main {arguments} {
    set what [lindex $arguments 0]
    if {[llength $arguments] != 1 || $what ni {jtag flash}} {
        fail "expected -tclargs jtag or -tclargs flash"
    }
    program_$what
    puts "Done. The PCIe link is new: rescan the bus, README.md says how."
}

if {[catch {main $argv} message]} {
    fail "$message (in program.tcl; Vivado's messages are above)"
}
