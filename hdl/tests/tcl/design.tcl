# Projects, sources and block designs.

set stub_project {}
set stub_sources {}   ;# file -> type (Verilog, SystemVerilog)
set stub_bd {}        ;# the open block design
set stub_cells {}     ;# name -> {type ip properties}
set stub_ports {}     ;# name -> {direction type}
set stub_intf_ports {};# name -> {mode vlnv}
set stub_nets {}      ;# list of lists of connected pins and ports, drivers first
set stub_intf_nets {} ;# list of pairs
set stub_assigned {}
set stub_validated 0
set stub_saved 0

proc stub_part {} {
    global stub_project
    if {$stub_project eq ""} { error "\[stub\] no project is open" }
    return [dict get $stub_project part]
}

proc stub_family {} {
    global stub_parts
    return [dict get $stub_parts [stub_part] family]
}

proc create_project {args} {
    global stub_project stub_sources stub_parts
    lassign [stub_options create_project $args {-force 0 -part 1 -in_memory 0} 2] options names
    if {$stub_project ne ""} { stub_error "a project is open already" }
    if {![dict exists $options -part]} { stub_error "create_project without -part" }
    set part [dict get $options -part]
    if {[llength [lsearch -all -inline -exact [stub_installed] $part]] != 1} { stub_error "the part $part is not installed" }
    set memory [dict exists $options -in_memory]
    if {!$memory && [llength $names] != 2} { stub_error "create_project wants a name and a folder" }
    set stub_project [dict create part $part memory $memory name [lindex $names 0] folder [lindex $names 1]]
    set stub_sources {}
    if {!$memory} { stub_fresh }
    stub_no_netlist
    set ::stub_done {}
    if {!$memory} {
        if {[file exists [lindex $names 1]] && ![dict exists $options -force]} { stub_error "the project exists" }
        file mkdir [lindex $names 1]
    }
}

# Nothing of an earlier block design: a script may make one after the other.
proc stub_fresh {} {
    foreach name {cells ports intf_ports nets intf_nets assigned} { set ::stub_$name {} }
    set ::stub_validated 0
    set ::stub_saved 0
}

proc close_project {args} {
    global stub_project stub_bd stub_sources stub_wrapped
    stub_options close_project $args {} 0
    stub_part
    if {$stub_bd ne "" && !$::stub_saved} { stub_error "the block design is not saved" }
    set stub_project {}
    set stub_bd {}
    set stub_sources {}
}

proc read_verilog {args} {
    global stub_sources
    lassign [stub_options read_verilog $args {-sv 0 -library 1} 1 1] options files
    stub_part
    foreach file [lindex $files 0] {
        if {![file isfile $file]} { stub_error "$file does not exist" }
        dict set stub_sources $file [expr {[dict exists $options -sv] ? "SystemVerilog" : "Verilog"}]
    }
}

proc add_files {args} {
    global stub_sources stub_constraints
    lassign [stub_options add_files $args {-norecurse 0 -fileset 1} 1 1] options files
    stub_part
    foreach file [lindex $files 0] {
        if {![file isfile $file]} { stub_error "$file does not exist" }
        if {[dict exists $options -fileset]} {
            if {[dict get $options -fileset] ne "constrs_1"} { stub_error "there is no fileset [dict get $options -fileset]" }
            dict set stub_constraints $file {}
        } else {
            dict set stub_sources $file Verilog
        }
    }
}

proc update_compile_order {args} {
    lassign [stub_options update_compile_order $args {-fileset 1} 0] options
    if {[dict exists $options -fileset] && [dict get $options -fileset] ni {sources_1 sim_1}} { stub_error "there is no such fileset" }
}

proc create_bd_design {name} {
    global stub_bd
    stub_part
    if {$stub_bd ne ""} { stub_error "a block design is open" }
    set stub_bd $name
}

proc stub_need_bd {} {
    if {$::stub_bd eq ""} { error "\[stub\] no block design is open" }
    set ::stub_validated 0
    set ::stub_saved 0
}

proc create_bd_cell {args} {
    global stub_cells stub_catalogue stub_defaults stub_sources
    lassign [stub_options create_bd_cell $args {-type 1 -vlnv 1 -reference 1} 1 1] options names
    stub_need_bd
    set name [lindex $names 0]
    if {[dict exists $stub_cells $name]} { stub_error "there is a cell $name already" }
    switch [dict get $options -type] {
        ip {
            regexp {^(.*):([^:]*)$} [dict get $options -vlnv] -> vln version
            if {![dict exists $stub_catalogue $vln] || $version ni [dict get $stub_catalogue $vln]} {
                stub_error "the catalogue has no [dict get $options -vlnv]"
            }
            set ip [lindex [split $vln :] 2]
            dict set stub_cells $name [dict create kind $ip properties [dict get $stub_defaults $ip]]
            if {$ip eq "xdma"} {
                dict set stub_cells $name properties CONFIG.pcie_blk_locn [lindex [dict get $::stub_parts [stub_part] blocks] 0]
            }
        }
        module {
            set reference [dict get $options -reference]
            dict set stub_cells $name [dict create kind module reference $reference pins [stub_module $reference]]
        }
        default { stub_error "cells of type [dict get $options -type] are not imitated" }
    }
    return cell:$name
}

# Ports of a module in the sources, with the interfaces that its X_INTERFACE_INFO attributes declare.
proc stub_module {module} {
    global stub_sources
    set found {}
    dict for {file type} $stub_sources {
        set channel [open $file]
        set text [read $channel]
        close $channel
        if {[regexp "(?n)^module $module \\($" $text]} { lappend found $file $type $text }
    }
    if {[llength $found] != 3} { error "\[stub\] the sources have [expr {[llength $found] / 3}] modules $module" }
    lassign $found file type text
    if {$type ne "Verilog"} { error "\[stub\] $file is $type; a module that a block design refers to must be Verilog" }
    regexp "module $module \\((.*?)\\n\\);" $text -> header
    set interfaces {}
    set pins {}
    set attribute {}
    foreach line [split $header \n] {
        if {[regexp {^\s*\(\*(.*)\*\)\s*$} $line -> attribute]} { continue }
        if {![regexp {^\s*(input|output)\s+(?:wire|reg)\s*(?:signed\s*)?(?:\[(\d+):0\])?\s*(\w+),?\s*$} $line -> direction high port]} {
            if {[string trim $line] eq "" || [string match {*//*} $line]} { continue }
            error "\[stub\] $file: a port is not understood: $line"
        }
        set width [expr {$high eq "" ? 1 : $high + 1}]
        if {[regexp {X_INTERFACE_INFO = "xilinx\.com:interface:(\w+):1\.0 (\w+) (\w+)"} $attribute -> kind bus signal]} {
            dict set buses $bus $kind $signal [list $direction $width]
        } else {
            if {[regexp {X_INTERFACE_INFO = "([^"]*)"} $attribute -> info] && ![regexp {^xilinx\.com:signal:(clock|reset):1\.0 \w+ (CLK|RST)$} $info]} {
                error "\[stub\] $file: the interface is not understood: $info"
            }
            dict set pins $port [list [expr {$direction eq "input" ? "I" : "O"}] $width [expr {$direction eq "input"}]]
        }
        set attribute {}
    }
    set signals {
        axis  {needs {TDATA TKEEP TLAST TVALID TREADY} valid TVALID}
        aximm {needs {AWADDR AWPROT AWVALID AWREADY WDATA WSTRB WVALID WREADY BRESP BVALID BREADY ARADDR ARPROT ARVALID ARREADY RDATA RRESP RVALID RREADY} valid AWVALID}
    }
    dict for {bus kinds} $buses {
        if {[dict size $kinds] != 1} { error "\[stub\] $file: $bus has ports of several interfaces" }
        lassign $kinds kind ports
        foreach signal [dict get $signals $kind needs] {
            if {![dict exists $ports $signal]} { error "\[stub\] $file: $bus has no $signal" }
        }
        set mode [expr {[lindex [dict get $ports [dict get $signals $kind valid]] 0] eq "input" ? "Slave" : "Master"}]
        set data [expr {$kind eq "axis" ? "TDATA" : "WDATA"}]
        dict set interfaces $bus [list xilinx.com:interface:${kind}_rtl:1.0 $mode 1 [lindex [dict get $ports $data] 1]]
    }
    return [dict create interfaces $interfaces pins $pins]
}

proc stub_pins_of {name} {
    global stub_cells
    set cell [dict get $stub_cells $name]
    if {[dict get $cell kind] eq "module"} { return [dict get $cell pins] }
    return [stub_ip_pins [dict get $cell kind] [dict get $cell properties] [stub_family]]
}

proc create_bd_port {args} {
    global stub_ports
    lassign [stub_options create_bd_port $args {-dir 1 -type 1 -from 1 -to 1} 1 1] options names
    stub_need_bd
    if {[dict get $options -dir] ni {I O}} { stub_error "direction [dict get $options -dir]" }
    if {[dict exists $stub_ports [lindex $names 0]]} { stub_error "there is a port [lindex $names 0] already" }
    set type [expr {[dict exists $options -type] ? [dict get $options -type] : "data"}]
    if {$type ni {clk rst intr ce data undef}} { stub_error "ports have no type $type" }
    dict set stub_ports [lindex $names 0] [list [dict get $options -dir] $type]
    return port:[lindex $names 0]
}

proc create_bd_intf_port {args} {
    global stub_intf_ports
    lassign [stub_options create_bd_intf_port $args {-mode 1 -vlnv 1} 1 1] options names
    stub_need_bd
    if {[dict get $options -vlnv] ni {xilinx.com:interface:diff_clock_rtl:1.0 xilinx.com:interface:pcie_7x_mgt_rtl:1.0}} {
        stub_error "there is no interface [dict get $options -vlnv]"
    }
    if {[dict get $options -mode] ni {Master Slave}} { stub_error "mode [dict get $options -mode]" }
    dict set stub_intf_ports [lindex $names 0] [list [dict get $options -vlnv] [dict get $options -mode]]
    return intf_port:[lindex $names 0]
}

proc stub_get {kind known names} {
    set found {}
    foreach name $names {
        if {$name ni $known} { error "\[stub\] there is no $kind $name" }
        lappend found $kind:$name
    }
    return $found
}

proc get_bd_cells {name} { return [stub_get cell [dict keys $::stub_cells] $name] }
proc get_bd_ports {name} { return [stub_get port [dict keys $::stub_ports] $name] }
proc get_bd_intf_ports {name} { return [stub_get intf_port [dict keys $::stub_intf_ports] $name] }

proc stub_get_pin {kind name} {
    lassign [split $name /] cell pin
    stub_get cell [dict keys $::stub_cells] $cell
    set known [dict keys [dict get [stub_pins_of $cell] [expr {$kind eq "pin" ? "pins" : "interfaces"}]]]
    if {$pin ni $known} { error "\[stub\] $cell has no $kind $pin; it has: $known" }
    return $kind:$name
}
proc get_bd_pins {name} { return [stub_get_pin pin $name] }
proc get_bd_intf_pins {name} { return [stub_get_pin intf_pin $name] }

# {direction width} seen from inside the design: a port that comes in drives.
proc stub_end {object} {
    regexp {^(\w+):(.*)$} $object -> kind name
    switch $kind {
        port { return [list [expr {[lindex [dict get $::stub_ports $name] 0] eq "I" ? "O" : "I"}] 1] }
        pin { return [lrange [dict get [stub_pins_of [lindex [split $name /] 0]] pins [lindex [split $name /] 1]] 0 1] }
        default { error "\[stub\] connect_bd_net joins pins and ports, not $object" }
    }
}

proc connect_bd_net {args} {
    global stub_nets
    lassign [stub_options connect_bd_net $args {-net 1} 100 2] options ends
    stub_need_bd
    set drivers 0
    set widths {}
    foreach end $ends {
        lassign [stub_end $end] direction width
        if {$direction eq "O"} { incr drivers }
        lappend widths $width
        foreach net $stub_nets {
            if {$end in $net} { stub_error "$end is connected already" }
        }
    }
    if {$drivers != 1} { stub_error "a net has $drivers drivers: $ends" }
    if {[llength [lsort -unique $widths]] != 1} { stub_error "a net joins widths $widths: $ends" }
    lappend stub_nets $ends
}

proc stub_intf_end {object} {
    regexp {^(\w+):(.*)$} $object -> kind name
    switch $kind {
        intf_port { lassign [dict get $::stub_intf_ports $name] vlnv mode
            return [list $vlnv [expr {$mode eq "Slave" ? "Master" : "Slave"}] 0] }
        intf_pin { lassign [dict get [stub_pins_of [lindex [split $name /] 0]] interfaces [lindex [split $name /] 1]] vlnv mode - width
            return [list $vlnv $mode $width] }
        default { error "\[stub\] connect_bd_intf_net joins interfaces, not $object" }
    }
}

proc connect_bd_intf_net {args} {
    global stub_intf_nets
    lassign [stub_options connect_bd_intf_net $args {-intf_net 1} 2 2] options ends
    stub_need_bd
    lassign [stub_intf_end [lindex $ends 0]] vlnv_a mode_a width_a
    lassign [stub_intf_end [lindex $ends 1]] vlnv_b mode_b width_b
    if {$vlnv_a ne $vlnv_b} { stub_error "$ends: $vlnv_a and $vlnv_b" }
    if {$mode_a eq $mode_b} { stub_error "$ends are both $mode_a" }
    if {$width_a != 0 && $width_b != 0 && $width_a != $width_b} { stub_error "$ends have $width_a and $width_b bits" }
    foreach net $stub_intf_nets {
        foreach end $ends {
            if {$end in $net} { stub_error "$end is connected already" }
        }
    }
    lappend stub_intf_nets $ends
}

proc stub_peer {end} {
    foreach net $::stub_intf_nets {
        if {$end in $net} { return [lindex $net [expr {[lindex $net 0] eq $end}]] }
    }
    return {}
}

proc get_bd_addr_spaces {name} {
    if {[regexp {^([^/]+)/M_AXI_LITE$} $name -> cell]} {
        get_bd_intf_pins $name
        return addr_space:$name
    }
    stub_error "there is no address space $name"
}

proc get_bd_addr_segs {pattern} {
    set found {}
    dict for {name cell} $::stub_cells {
        dict for {interface facts} [dict get [stub_pins_of $name] interfaces] {
            if {[lindex $facts 0] eq "xilinx.com:interface:aximm_rtl:1.0" && [lindex $facts 1] eq "Slave" && [string match $pattern $name/$interface/reg0]} {
                lappend found addr_seg:$name/$interface/reg0
            }
        }
    }
    if {[llength $found] == 0} { stub_error "there is no address segment $pattern" }
    return $found
}

proc assign_bd_address {args} {
    lassign [stub_options assign_bd_address $args {-offset 1 -range 1 -target_address_space 1 -force 0} 1 1] options segments
    stub_need_bd
    set space [dict get $options -target_address_space]
    if {![regexp {^addr_space:(.*)$} $space -> master]} { stub_error "$space is no address space" }
    set segment [lindex $segments 0]
    if {![regexp {^addr_seg:(.*)/reg0$} $segment -> slave]} { stub_error "$segment is no address segment" }
    if {[stub_peer intf_pin:$master] ne "intf_pin:$slave"} { stub_error "$master is not connected to $slave" }
    if {[dict get $options -offset] != 0} { stub_error "the host looks for the registers at 0" }
    lassign [regexp -inline {^(\d+)([KMG]?)$} [dict get $options -range]] all number unit
    set cell [lindex [split $master /] 0]
    set p [dict get $::stub_cells $cell properties]
    if {$number != [dict get $p CONFIG.axilite_master_size] || $unit ne [string index [dict get $p CONFIG.axilite_master_scale] 0]} {
        stub_error "the range $all is not the BAR's"
    }
    set ::stub_assigned $segment
}

proc validate_bd_design {args} {
    stub_options validate_bd_design $args {-force 0} 0
    if {$::stub_bd eq ""} { stub_error "no block design is open" }
    set connected [concat {*}$::stub_nets {*}$::stub_intf_nets]
    dict for {name cell} $::stub_cells {
        set pins [stub_pins_of $name]
        dict for {pin facts} [dict get $pins pins] {
            if {[lindex $facts 2] && "pin:$name/$pin" ni $connected} { stub_error "$name/$pin is not connected" }
        }
        dict for {pin facts} [dict get $pins interfaces] {
            if {[lindex $facts 2] && "intf_pin:$name/$pin" ni $connected} { stub_error "$name/$pin is not connected" }
        }
        if {[dict get $cell kind] ne "module"} { stub_ip_final [dict get $cell kind] [dict get $cell properties] }
    }
    foreach port [dict keys $::stub_ports] {
        if {"port:$port" ni $connected} { stub_error "the port $port is not connected" }
    }
    foreach port [dict keys $::stub_intf_ports] {
        if {"intf_port:$port" ni $connected} { stub_error "the port $port is not connected" }
    }
    if {$::stub_assigned eq ""} { stub_error "the registers have no address" }
    # both ends of the clock manager must be what it was told
    set wizard [dict get $::stub_cells engine_clock properties]
    if {[dict get $wizard CONFIG.PRIM_IN_FREQ] != [dict get $::stub_cells xdma properties CONFIG.axisten_freq]} {
        stub_error "engine_clock is told another input than xdma gives"
    }
    set ::stub_validated 1
}

proc save_bd_design {args} {
    stub_options save_bd_design $args {} 0
    if {!$::stub_validated} { stub_error "the block design is saved before it is validated" }
    set folder [file join [dict get $::stub_project folder] ember_board.srcs/sources_1/bd/$::stub_bd]
    file mkdir $folder
    close [open [file join $folder $::stub_bd.bd] w]
    set ::stub_saved 1
}

proc make_wrapper {args} {
    lassign [stub_options make_wrapper $args {-files 1 -top 0} 0] options
    if {![dict exists $options -top] || [dict get $options -files] ne "file:$::stub_bd.bd" || !$::stub_saved} { stub_error "make_wrapper wants a saved design and -top" }
    set folder [file join [dict get $::stub_project folder] ember_board.gen/sources_1/bd/$::stub_bd/hdl]
    file mkdir $folder
    if {[stub_env STUB_BREAK ""] ne "wrapper"} {
        close [open [file join $folder ${::stub_bd}_wrapper.v] w]
    }
}
