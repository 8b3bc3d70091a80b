# Constraints: the commands that an XDC may have, ports, pins, cells, properties.

set stub_constraints {}   ;# file -> properties, in a project
set stub_placed {}        ;# package pin -> port
set stub_port_facts {}    ;# port -> properties
set stub_clocks {}        ;# clock -> period
set stub_reading {}       ;# the XDC that is read, and the module that it is for
set stub_lane_sites {}    ;# lane -> site, in the netlist

# IOSTANDARDs of a single ended pin, by type of bank.
set stub_standards {
    HR {LVCMOS12 LVCMOS15 LVCMOS18 LVCMOS25 LVCMOS33 LVTTL}
    HD {LVCMOS12 LVCMOS15 LVCMOS18 LVCMOS25 LVCMOS33 LVTTL}
    HP {LVCMOS12 LVCMOS15 LVCMOS18}
}

set stub_design_properties {
    CFGBVS {VCCO GND}
    CONFIG_VOLTAGE {1.5 1.8 2.5 3.3}
    CONFIG_MODE {SPIx1 SPIx2 SPIx4 SPIx8 BPI8 BPI16}
    BITSTREAM.GENERAL.COMPRESS {TRUE FALSE}
    BITSTREAM.CONFIG.SPI_BUSWIDTH {1 2 4 8}
    BITSTREAM.CONFIG.SPI_FALL_EDGE {YES NO}
    BITSTREAM.CONFIG.SPI_32BIT_ADDR {YES NO}
    BITSTREAM.CONFIG.EXTMASTERCCLK_EN {DISABLE Div-1 DIV-1 Div-2 DIV-2 Div-4 DIV-4 Div-8 DIV-8}
    BITSTREAM.CONFIG.CONFIGRATE {3 6 9 12 16 22 26 33 40 50 66 2.7 5.3 8.0 10.6 21.3 31.9 36.4 51.0 56.7 63.8 72.9 85.0 102.0 127.5 170.0}
    BITSTREAM.CONFIG.CONFIGFALLBACK {ENABLE DISABLE}
    BITSTREAM.CONFIG.UNUSEDPIN {PULLUP PULLDOWN PULLNONE}
    BITSTREAM.CONFIG.OVERTEMPPOWERDOWN {ENABLE DISABLE}
    BITSTREAM.CONFIG.OVERTEMPSHUTDOWN {ENABLE DISABLE}
}

# Ports of the wrapper of the block design.
proc stub_top_ports {} {
    set ports [dict keys $::stub_ports]
    dict for {name facts} $::stub_intf_ports {
        switch [lindex $facts 0] {
            xilinx.com:interface:diff_clock_rtl:1.0 { lappend ports ${name}_clk_p\[0\] ${name}_clk_n\[0\] }
            default { lappend ports ${name}_rxp ${name}_rxn ${name}_txp ${name}_txn }
        }
    }
    return $ports
}

proc get_ports {pattern} {
    if {$::stub_reading eq ""} { stub_error "get_ports is for constraints" }
    if {[lindex $::stub_reading 1] ne ""} {
        # scoped: ports of the module
        set known [dict keys [stub_scoped_ports [lindex $::stub_reading 1]]]
        if {$pattern ni $known} { stub_error "[lindex $::stub_reading 1] has no port $pattern" }
        return [list module_port:$pattern]
    }
    set found [lsearch -all -inline -glob [stub_top_ports] [string map {\[ \\\[ \] \\\]} $pattern]]
    if {[llength $found] == 0} { stub_error "no port matches $pattern" }
    return [lmap port $found {string cat top_port: $port}]
}

# The modules of the sources: module -> {instances {name module} registers {name ...}}.
proc stub_modules {} {
    if {[info exists ::stub_module_cache]} { return $::stub_module_cache }
    set modules {}
    foreach file [dict keys $::stub_sources] {
        set channel [open $file]
        set text [read $channel]
        close $channel
        foreach {- module body} [regexp -all -inline {(?n)^module (\w+) \((.*?\n)endmodule$} [string map {\r {}} $text]] {}
        if {![regexp {\nmodule (\w+) \(} $text -> module]} { continue }
        set instances {}
        foreach {- of name} [regexp -all -inline -line {^\s+(ember_\w+) (\w+) \($} $text] { dict set instances $name $of }
        set registers {}
        foreach {- name} [regexp -all -inline -line {^\s*(?:\(\*[^*]*\*\)\s*)?(?:output )?reg\s+(?:signed\s+)?(?:\[[^\]]*\]\s*)?(\w+)} $text] { lappend registers $name }
        dict set modules $module [dict create instances $instances registers $registers]
    }
    set ::stub_module_cache $modules
    return $modules
}

proc stub_scoped_ports {module} {
    foreach {name cell} $::stub_cells {
        if {[dict get $cell kind] eq "module" && [dict get $cell reference] eq $module} {
            return [dict get $cell pins pins]
        }
    }
    error "\[stub\] no module $module"
}

# A register by its path below the scoped module, as synthesis names it: path/name_reg*.
proc get_cells {args} {
    lassign [stub_options get_cells $args {-hierarchical 0 -quiet 0 -filter 1} 1] options patterns
    if {[dict exists $options -filter]} { return [stub_filtered_cells [dict get $options -filter]] }
    if {[lindex $::stub_reading 1] eq ""} { stub_error "get_cells by path is for scoped constraints" }
    set found {}
    foreach pattern [lindex $patterns 0] {
        if {![regexp {^(?:(.*)/)?(\w+)_reg\*$} $pattern -> path register]} { stub_error "the cell $pattern is no register" }
        set module [lindex $::stub_reading 1]
        set modules [stub_modules]
        foreach instance [split $path /] {
            if {![dict exists $modules $module instances $instance]} { stub_error "$pattern: $module has no instance $instance" }
            set module [dict get $modules $module instances $instance]
        }
        if {$register ni [dict get $modules $module registers]} { stub_error "$pattern: $module has no register $register" }
        lappend found cell:$pattern
    }
    return $found
}

proc get_pins {pattern} {
    foreach one $pattern {
        if {![regexp {^(.*)/(C|D|CLR|PRE|R|S|Q|CE)$} $one -> cell]} { stub_error "the pin $one is no register's" }
        get_cells $cell
    }
    return pin_of:$pattern
}

proc stub_filtered_cells {filter} {
    if {!$::stub_synthesised} { error "\[stub\] no netlist is open" }
    if {$filter eq "REF_NAME == ember_shell || ORIG_REF_NAME == ember_shell"} {
        return [lmap name [dict keys $::stub_cells] {
            if {[dict get $::stub_cells $name kind] ne "module"} continue
            string cat cell:$name
        }]
    }
    if {[regexp {^NAME =~ \*/pipe_lane\[(\d+)\]\.gt_wrapper_i/(gt[px])_channel\.\2e2_channel_i$} $filter -> lane kind]} {
        set facts [dict get $::stub_parts [stub_part]]
        if {[dict get $facts family] ne "7series" || [dict get $facts kind] ne $kind || $lane >= [dict get $facts lanes]} { return {} }
        return lane:$lane
    }
    error "\[stub\] the filter is not understood: $filter"
}

proc get_clocks {args} {
    lassign [stub_options get_clocks $args {-of_objects 1} 1] options names
    if {[dict exists $options -of_objects]} {
        set port [dict get $options -of_objects]
        if {$port ni {module_port:axi_aclk module_port:engine_clk}} { stub_error "$port is no clock" }
        return clock:[lindex [split $port :] 1]
    }
    if {![dict exists $::stub_clocks [lindex $names 0]]} { stub_error "there is no clock [lindex $names 0]" }
    return clock:[lindex $names 0]
}

proc create_clock {args} {
    lassign [stub_options create_clock $args {-name 1 -period 1 -waveform 1} 1 1] options ports
    if {[lindex $ports 0 0] ne {top_port:pcie_refclk_clk_p[0]}} { stub_error "a clock on $ports" }
    if {[dict get $options -period] != 10} { stub_error "PCIe's reference is 100 MHz, not a period of [dict get $options -period]" }
    dict set ::stub_clocks [dict get $options -name] [dict get $options -period]
}

proc stub_reading {command} {
    if {$::stub_reading eq ""} { error "\[stub\] $command is for constraints" }
}

proc set_false_path {args} {
    stub_reading set_false_path
    lassign [stub_options set_false_path $args {-from 1 -to 1} 0] options
    if {[dict size $options] == 0} { stub_error "set_false_path for everything" }
    lappend ::stub_exceptions false_path
}

proc set_max_delay {args} {
    stub_reading set_max_delay
    lassign [stub_options set_max_delay $args {-datapath_only 0 -from 1 -to 1} 1 1] options delay
    if {![dict exists $options -datapath_only] || ![dict exists $options -from]} { stub_error "set_max_delay wants -datapath_only and -from" }
    if {![string is double -strict [lindex $delay 0]] || [lindex $delay 0] <= 0} { stub_error "set_max_delay of $delay" }
    lappend ::stub_exceptions max_delay
}

proc set_bus_skew {args} {
    stub_reading set_bus_skew
    lassign [stub_options set_bus_skew $args {-from 1 -to 1} 1 1] options delay
    if {[dict size $options] != 2 || ![string is double -strict [lindex $delay 0]]} { stub_error "set_bus_skew of $args" }
    lappend ::stub_exceptions bus_skew
}

proc set_multicycle_path {args} {
    stub_reading set_multicycle_path
    lassign [stub_options set_multicycle_path $args {-setup 0 -hold 0 -from 1 -to 1} 1 1] options cycles
    if {[dict exists $options -setup] == [dict exists $options -hold]} { stub_error "set_multicycle_path wants -setup or -hold" }
    if {![dict exists $options -from]} { stub_error "set_multicycle_path from everywhere" }
    if {![string is integer -strict [lindex $cycles 0]]} { stub_error "set_multicycle_path of $cycles" }
    set from [dict get $options -from]
    if {[dict exists $options -setup]} {
        dict set ::stub_multicycles $from [lindex $cycles 0]
    } elseif {![dict exists $::stub_multicycles $from] || [lindex $cycles 0] != [dict get $::stub_multicycles $from] - 1} {
        stub_error "$from: hold is looked at [lindex $cycles 0] cycles early, which is not one less than setup"
    }
    lappend ::stub_exceptions multicycle_path
}

proc current_design {} { return design: }

proc stub_set_port {port property value} {
    set name [lindex [split $port :] 1]
    switch $property {
        PACKAGE_PIN {
            set package [stub_package [stub_part]]
            if {![dict exists $::stub_pins $package $value]} { error "\[stub\] $value is no pin of $package that pins.csv knows" }
            if {[dict exists $::stub_placed $value]} { error "\[stub\] the pin $value has two ports" }
            dict set ::stub_placed $value $name
            set function [lindex [dict get $::stub_pins $package $value] 0]
            if {[regexp {_clk_([pn])} $name -> side]} {
                if {![regexp "^MGTREFCLK\\d[string toupper $side]_" $function]} { error "\[stub\] $name is on $value, which is $function and no MGTREFCLK" }
            } elseif {[string match MGT* $function]} {
                error "\[stub\] $name is on $value, a transceiver's pin"
            }
        }
        IOSTANDARD {}
        PULLUP { if {$value ni {true TRUE 1}} { error "\[stub\] PULLUP $value" } }
        DRIVE { if {$value ni {2 4 6 8 12 16 24}} { error "\[stub\] DRIVE $value" } }
        SLEW { if {$value ni {SLOW MEDIUM FAST}} { error "\[stub\] SLEW $value" } }
        default { error "\[stub\] a port has no property $property" }
    }
    if {[dict exists $::stub_port_facts $name $property]} { error "\[stub\] $name has $property twice" }
    dict set ::stub_port_facts $name $property $value
}

# Reads an XDC in an interpreter that has an XDC's commands and no others.
proc stub_read_xdc {file module} {
    set ::stub_reading [list $file $module]
    set child [interp create -safe]
    foreach command [interp eval $child {info commands}] {
        if {$command ni {set expr list if foreach error lindex llength string}} { interp hide $child $command }
    }
    foreach command {set_property create_clock set_false_path set_max_delay set_bus_skew set_multicycle_path get_ports get_cells get_pins get_clocks get_property current_design} {
        interp alias $child $command {} $command
    }
    set channel [open $file]
    set text [read $channel]
    close $channel
    set code [catch {interp eval $child $text} message]
    interp delete $child
    set ::stub_reading {}
    if {$code} { error "$file: $message" }
}

# When a design has all its constraints.
proc stub_check_constraints {} {
    set clocked 0
    foreach port [stub_top_ports] {
        if {[regexp {_(rx|tx)[pn]$} $port]} { continue }
        if {![dict exists $::stub_port_facts $port PACKAGE_PIN]} { error "\[stub\] the port $port has no pin" }
        set pin [dict get $::stub_port_facts $port PACKAGE_PIN]
        set type [lindex [dict get $::stub_pins [stub_package [stub_part]] $pin] 2]
        if {[regexp {_clk_[pn]} $port]} {
            if {[dict exists $::stub_port_facts $port IOSTANDARD]} { error "\[stub\] $port is a transceiver's clock and has no IOSTANDARD" }
            continue
        }
        if {![dict exists $::stub_port_facts $port IOSTANDARD]} { error "\[stub\] the port $port has no IOSTANDARD" }
        set standard [dict get $::stub_port_facts $port IOSTANDARD]
        if {$standard ni [dict get $::stub_standards $type]} { error "\[stub\] $port has $standard, which a bank of type $type has not" }
    }
    if {[dict size $::stub_clocks] == 0} { error "\[stub\] the reference clock is not constrained" }
    if {"max_delay" ni $::stub_exceptions} { error "\[stub\] the crossings are not constrained" }
}
set stub_exceptions {}
