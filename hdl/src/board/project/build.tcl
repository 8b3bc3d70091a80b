
# ---- What follows is the same for every board. ----

# The least Vivado: from 2020.2 on generated files lie in PROJECT.gen, and the options used here are there.
set least_version 2020.2

set here  [file dirname [file normalize [info script]]]
set build [file join $here build]
set top   ember_board_wrapper

# One sentence for people and a code for make; Vivado's own message stands above it.
proc fail {message} {
    puts stderr "ERROR: $message"
    exit 1
}

proc step {message} {
    puts "==== $message"
}

# The output `name`, in the build folder.
proc output {name} {
    global build
    return [file join $build $name]
}

proc check_tools {} {
    global least_version part
    step "Checking Vivado and the part"
    set version [version -short]
    if {![regexp {^(\d+)\.(\d+)} $version -> year release]} {
        fail "the version of Vivado, $version, is not understood; expected $least_version or newer"
    }
    lassign [split $least_version .] least_year least_release
    if {$year < $least_year || ($year == $least_year && $release < $least_release)} {
        fail "this is Vivado $version; expected $least_version or newer"
    }
    if {[llength [get_parts -quiet $part]] == 0} {
        fail "the part $part is not installed in this Vivado; add its family with the installer, or use an edition that has it"
    }
    puts "Vivado $version, $part"
}

proc check_sources {} {
    global here rtl
    foreach name [concat $rtl {constraints/pins.xdc constraints/timing.xdc}] {
        if {![file isfile [file join $here $name]]} {
            fail "$name is missing beside build.tcl; generate the folder again"
        }
    }
}

# Nothing of an earlier build is used: it may be of other sources.
proc start_afresh {} {
    global build
    if {[file exists $build]} {
        step "Removing the earlier build in $build"
        file delete -force $build
    }
    file mkdir $build
}

# Before the next rung: nothing stays of the build that failed but its reports, in build/MHz.
proc step_down {mhz} {
    global build
    close_project
    foreach name [glob -nocomplain -tails -directory $build *] {
        if {$name ni {reports} && ![string match *_MHz $name]} {
            file delete -force [output $name]
        }
    }
    file rename [output reports] [output ${mhz}_MHz]
}

# What the clock manager can make below $mhz: 1000 MHz (axi_aclk times 4, 8 or 16, which every family's can make) over a
# number of eighths, down to half of what the board asks for. Steps of 2 to 6 %, the fastest first.
proc rungs {mhz} {
    set rungs {}
    set above $mhz
    for {set eighths [expr {int(floor(8000.0 / $mhz)) + 1}]} {8000.0 / $eighths >= $mhz / 2.0} {incr eighths} {
        set rung [expr {8000.0 / $eighths}]
        if {$rung <= 0.98 * $above} {
            lappend rungs [format %.3f $rung]
            set above $rung
        }
    }
    return $rungs
}

# Of those, the fastest whose period is longer than this build's by its negative slack; "" if there is none.
proc next_rung {rungs mhz slack} {
    foreach rung $rungs {
        if {1000.0 / $rung >= 1000.0 / $mhz - $slack} {
            return $rung
        }
    }
    return {}
}

# Frames a second at a clock, of the cycles that the model takes if none is lost.
proc frames {mhz} {
    global frame_cycles
    return [format %.0f [expr {$mhz * 1e6 / $frame_cycles}]]
}

# The modules, which are Verilog of 2005: a block design takes no other.
proc read_modules {} {
    global here rtl
    foreach name $rtl {
        read_verilog [file join $here $name]
    }
}

# Newest version of an IP of the catalogue.
proc ip {name {library ip}} {
    set found [lsort -dictionary [get_ipdefs -quiet xilinx.com:$library:$name:*]]
    if {[llength $found] == 0} {
        fail "Vivado's catalogue has no IP $name; repair the installation"
    }
    return [lindex $found end]
}

# Equal as numbers (250 and 250.000, 0x0 and 0x00000000) or as words of any case.
proc same {a b} {
    if {[string is double -strict $a] && [string is double -strict $b]} {
        return [expr {$a == $b}]
    }
    return [string equal -nocase $a $b]
}

# Sets properties of a cell and reads them back: an IP changes what it cannot do without saying so.
proc configure {cell properties} {
    set_property -dict $properties [get_bd_cells $cell]
    foreach {property value} $properties {
        set found [get_property $property [get_bd_cells $cell]]
        if {![same $found $value]} {
            fail "$cell does not take $property $value, it has $found; compare board.toml with the part"
        }
    }
}

# XDMA, clock and shell, in a project of its own.
proc make_design {} {
    global here part family xdma_link xdma_properties stream_mhz engine_mhz busy low
    step "Creating the block design"
    create_project -force -part $part ember_board [output design]
    read_modules
    update_compile_order -fileset sources_1
    create_bd_design ember_board

    create_bd_intf_port -mode Slave -vlnv xilinx.com:interface:diff_clock_rtl:1.0 pcie_refclk
    set_property CONFIG.FREQ_HZ 100000000 [get_bd_intf_ports pcie_refclk]
    create_bd_intf_port -mode Master -vlnv xilinx.com:interface:pcie_7x_mgt_rtl:1.0 pcie
    create_bd_port -dir I -type rst pcie_perst_n
    set_property CONFIG.POLARITY ACTIVE_LOW [get_bd_ports pcie_perst_n]

    create_bd_cell -type ip -vlnv [ip util_ds_buf] refclk
    configure refclk {CONFIG.C_BUF_TYPE IBUFDSGTE}
    create_bd_cell -type ip -vlnv [ip xdma] xdma
    # the link first: it gives width, clock and device the defaults that the rest replaces
    configure xdma $xdma_link
    configure xdma $xdma_properties
    create_bd_cell -type ip -vlnv [ip clk_wiz] engine_clock
    configure engine_clock [list \
        CONFIG.PRIM_SOURCE No_buffer \
        CONFIG.PRIM_IN_FREQ $stream_mhz \
        CONFIG.CLKOUT1_REQUESTED_OUT_FREQ $engine_mhz \
        CONFIG.USE_LOCKED true \
        CONFIG.USE_RESET true \
        CONFIG.RESET_TYPE ACTIVE_LOW]
    create_bd_cell -type module -reference ember_shell shell

    connect_bd_intf_net [get_bd_intf_ports pcie_refclk] [get_bd_intf_pins refclk/CLK_IN_D]
    connect_bd_intf_net [get_bd_intf_ports pcie] [get_bd_intf_pins xdma/pcie_mgt]
    connect_bd_net [get_bd_ports pcie_perst_n] [get_bd_pins xdma/sys_rst_n]
    if {$family eq "7series"} {
        connect_bd_net [get_bd_pins refclk/IBUF_OUT] [get_bd_pins xdma/sys_clk]
    } else {
        connect_bd_net [get_bd_pins refclk/IBUF_OUT] [get_bd_pins xdma/sys_clk_gt]
        connect_bd_net [get_bd_pins refclk/IBUF_DS_ODIV2] [get_bd_pins xdma/sys_clk]
    }
    connect_bd_net [get_bd_pins xdma/axi_aclk] [get_bd_pins shell/axi_aclk] [get_bd_pins engine_clock/clk_in1]
    # a PCIe reset stops axi_aclk: the clock manager starts again with it
    connect_bd_net [get_bd_pins xdma/axi_aresetn] [get_bd_pins shell/axi_aresetn] [get_bd_pins engine_clock/resetn]
    connect_bd_net [get_bd_pins engine_clock/clk_out1] [get_bd_pins shell/engine_clk]
    connect_bd_net [get_bd_pins engine_clock/locked] [get_bd_pins shell/engine_locked]
    connect_bd_intf_net [get_bd_intf_pins xdma/M_AXIS_H2C_0] [get_bd_intf_pins shell/s_axis_h2c]
    connect_bd_intf_net [get_bd_intf_pins shell/m_axis_c2h] [get_bd_intf_pins xdma/S_AXIS_C2H_0]
    connect_bd_intf_net [get_bd_intf_pins xdma/M_AXI_LITE] [get_bd_intf_pins shell/s_axil]
    connect_bd_net [get_bd_pins shell/usr_irq_req] [get_bd_pins xdma/usr_irq_req]
    connect_bd_net [get_bd_pins xdma/usr_irq_ack] [get_bd_pins shell/usr_irq_ack]
    if {$busy ne ""} {
        create_bd_port -dir O $busy
        connect_bd_net [get_bd_pins shell/busy] [get_bd_ports $busy]
    }
    foreach port $low {
        create_bd_port -dir O $port
        create_bd_cell -type ip -vlnv [ip xlconstant] low_$port
        configure low_$port {CONFIG.CONST_WIDTH 1 CONFIG.CONST_VAL 0}
        connect_bd_net [get_bd_pins low_$port/dout] [get_bd_ports $port]
    }

    set registers [get_bd_addr_segs shell/s_axil/*]
    if {[llength $registers] != 1} {
        fail "the shell's registers are not seen as one address range; read rtl/ember_shell.v's X_INTERFACE attributes"
    }
    assign_bd_address -offset 0x0 -range 64K -target_address_space [get_bd_addr_spaces xdma/M_AXI_LITE] $registers -force

    step "Validating the block design"
    validate_bd_design
    set found [get_property CONFIG.FREQ_HZ [get_bd_pins xdma/axi_aclk]]
    if {abs($found - $stream_mhz * 1e6) > 1e3} {
        fail "axi_aclk has $found Hz, board.toml says $stream_mhz MHz"
    }
    set found [get_property CONFIG.FREQ_HZ [get_bd_pins engine_clock/clk_out1]]
    puts "Engine clock: [expr {$found / 1e6}] MHz ($engine_mhz asked for)"
    if {abs($found - $engine_mhz * 1e6) > 0.01 * $engine_mhz * 1e6} {
        fail "the clock manager gives [expr {$found / 1e6}] MHz where $engine_mhz are asked for; choose another clock.engine_mhz"
    }
    save_bd_design
    # one netlist with the rest, so that the crossings' constraints find their registers
    set_property synth_checkpoint_mode None [get_files ember_board.bd]
    make_wrapper -files [get_files ember_board.bd] -top
}

# Files that make_design wrote.
proc design_file {tail} {
    set found [glob -nocomplain [output design/ember_board.srcs/sources_1/bd/ember_board/$tail] \
        [output design/ember_board.gen/sources_1/bd/ember_board/$tail]]
    if {[llength $found] == 0} {
        fail "the block design was made, but there is no $tail in [output design]"
    }
    return [lindex $found 0]
}

# Lanes that the board has in another order than the IP; the IP's own places are taken away first.
proc place_lanes {} {
    global here lane_sites
    if {[llength $lane_sites] > 0} {
        step "Placing the PCIe lanes"
        source [file join $here constraints lanes.tcl]
    }
}

# The constraints of the crossings are for this module; without it they would be dropped with a warning.
proc check_shell {} {
    if {[llength [get_cells -hierarchical -filter {REF_NAME == ember_shell || ORIG_REF_NAME == ember_shell}]] != 1} {
        fail "the netlist has no module ember_shell, for which constraints/timing.xdc is written"
    }
}

proc run_nonproject {} {
    global here part top
    make_design
    set bd [design_file ember_board.bd]
    set wrapper [design_file hdl/ember_board_wrapper.v]
    close_project

    step "Synthesis"
    create_project -in_memory -part $part
    read_modules
    read_bd $bd
    set_property synth_checkpoint_mode None [get_files ember_board.bd]
    generate_target all [get_files ember_board.bd]
    read_verilog $wrapper
    read_xdc [file join $here constraints/pins.xdc]
    # equal registers stay: they are near their loads; a chain of up to four carries a value across the die, and is no shift
    # register in one place
    synth_design -top $top -part $part -directive PerformanceOptimized -keep_equivalent_registers -shreg_min_size 5
    check_shell
    read_xdc -ref ember_shell [file join $here constraints/timing.xdc]
    place_lanes
    write_checkpoint -force [output synthesised.dcp]

    step "Optimisation"
    opt_design -directive Explore
    step "Placement"
    place_design -directive Explore
    phys_opt_design -directive AggressiveExplore
    step "Routing"
    route_design -directive Explore
    phys_opt_design -directive AggressiveExplore
    write_checkpoint -force [output routed.dcp]
}

# Waits for a run and fails if it did not finish, or is of older sources.
proc finish_run {run} {
    wait_on_run $run
    if {[get_property PROGRESS [get_runs $run]] ne "100%"} {
        fail "$run ended with: [get_property STATUS [get_runs $run]]; its log is in [get_property DIRECTORY [get_runs $run]]"
    }
    if {[get_property NEEDS_REFRESH [get_runs $run]]} {
        fail "$run is out of date: its sources changed while it ran; build again"
    }
}

proc run_project {} {
    global here top lane_sites jobs
    make_design
    add_files -norecurse [design_file hdl/ember_board_wrapper.v]
    add_files -fileset constrs_1 -norecurse [list [file join $here constraints/pins.xdc] [file join $here constraints/timing.xdc]]
    set_property SCOPED_TO_REF ember_shell [get_files timing.xdc]
    set_property USED_IN implementation [get_files timing.xdc]
    set_property top $top [get_filesets sources_1]
    update_compile_order -fileset sources_1
    if {[llength $lane_sites] > 0} {
        set_property STEPS.OPT_DESIGN.TCL.PRE [file join $here constraints/lanes.tcl] [get_runs impl_1]
    }
    # as in the other flow
    set_property -dict {
        STEPS.SYNTH_DESIGN.ARGS.DIRECTIVE PerformanceOptimized
        STEPS.SYNTH_DESIGN.ARGS.KEEP_EQUIVALENT_REGISTERS true
        STEPS.SYNTH_DESIGN.ARGS.SHREG_MIN_SIZE 5
    } [get_runs synth_1]
    set_property -dict {
        STEPS.OPT_DESIGN.ARGS.DIRECTIVE Explore
        STEPS.PLACE_DESIGN.ARGS.DIRECTIVE Explore
        STEPS.PHYS_OPT_DESIGN.IS_ENABLED true
        STEPS.PHYS_OPT_DESIGN.ARGS.DIRECTIVE AggressiveExplore
        STEPS.ROUTE_DESIGN.ARGS.DIRECTIVE Explore
        STEPS.POST_ROUTE_PHYS_OPT_DESIGN.IS_ENABLED true
        STEPS.POST_ROUTE_PHYS_OPT_DESIGN.ARGS.DIRECTIVE AggressiveExplore
    } [get_runs impl_1]

    step "Synthesis, in $jobs jobs"
    launch_runs synth_1 -jobs $jobs
    finish_run synth_1
    step "Placement and routing"
    launch_runs impl_1 -to_step route_design -jobs $jobs
    finish_run impl_1
    open_run impl_1
    check_shell
}

proc text_of {file} {
    set channel [open $file]
    set text [read $channel]
    close $channel
    return $text
}

# The design's line in the report of report_timing_summary: {heading value ...}.
proc timing_figures {file} {
    set text [text_of $file]
    if {![regexp -line {^ *(WNS\(ns\) .*TPWS.*)\n[- ]+\n *(\S.*)$} $text -> headings values]} {
        fail "the timing summary has no line of the whole design; this Vivado words its report otherwise, read $file"
    }
    # a heading has single spaces, between two of them are more
    set headings [regexp -all -inline {\S+(?: \S+)*} $headings]
    set figures {}
    foreach heading $headings value [regexp -all -inline {\S+} $values] {
        lappend figures $heading $value
    }
    return $figures
}

# A clock may be slower than every path needs and still too fast for a RAM, a DSP or a clock buffer: the sentence, if it is.
proc pulse_widths {summary report} {
    set figures [timing_figures $summary]
    set slack [dict get $figures WPWS(ns)]
    if {![string is double -strict $slack]} {
        fail "there is no pulse width to check: the clocks are not constrained; read [output reports/clocks.txt]"
    }
    puts "Worst pulse width slack: $slack ns"
    if {$slack >= 0} {
        return {}
    }
    set many "at [dict get $figures {TPWS Failing Endpoints}] of [dict get $figures {TPWS Total Endpoints}] pins"
    return "pulse width by [expr {-$slack}] ns, $many (in all [dict get $figures TPWS(ns)] ns)"
}

# The module that a pin is in, as people write it: below the shell, with # for the numbers of equal instances.
proc module_of {pin} {
    set path [join [lrange [split $pin /] 0 end-2] /]
    regsub {^.*?shell/} $path {} path
    regsub {^inst/} $path {} path
    regsub -all {\d+} $path # path
    return [expr {$path eq "" ? "(top)" : $path}]
}

# The paths that miss the clock, by the modules in which they start and end, worst first: {module module count slack levels
# logic nets} of each, the last four of its worst path.
proc families {} {
    set families {}
    foreach path [get_timing_paths -setup -max_paths 1000 -nworst 1 -slack_lesser_than 0] {
        set key [list [module_of [get_property STARTPOINT_PIN $path]] [module_of [get_property ENDPOINT_PIN $path]]]
        set slack [get_property SLACK $path]
        set count 1
        if {[dict exists $families $key]} {
            lassign [dict get $families $key] seen worst
            set count [expr {$seen + 1}]
            if {$worst <= $slack} {
                dict set families $key [lreplace [dict get $families $key] 0 0 $count]
                continue
            }
        }
        dict set families $key [list $count $slack [get_property LOGIC_LEVELS $path] \
            [get_property DATAPATH_LOGIC_DELAY $path] [get_property DATAPATH_NET_DELAY $path]]
    }
    set rows {}
    dict for {key figures} $families { lappend rows [concat $key $figures] }
    return [lsort -real -index 3 $rows]
}

# Says which modules miss the clock; all of them in the file, the worst ten on the console.
proc report_families {file} {
    global engine_mhz
    set rows [families]
    set channel [open $file w]
    puts $channel "Paths that miss $engine_mhz MHz, by module; # stands for any number. At most 1000 paths are looked at."
    puts "Worst families of paths at $engine_mhz MHz:"
    set said 0
    foreach row $rows {
        lassign $row from to count slack levels logic nets
        set line "  $slack ns  $count paths  $from -> $to  ($levels levels, logic $logic ns, nets $nets ns)"
        puts $channel $line
        if {[incr said] <= 10} {
            puts $line
        }
    }
    close $channel
}

# One line of a congestion report: the highest level of each of its tables.
proc congestion {file} {
    set found {}
    set table {}
    set column -1
    foreach line [split [text_of $file] \n] {
        if {[regexp {^\d+\. (\S+)(?: \S+)* Congestion Reporting *$} $line -> name]} {
            set table [string tolower $name]
            dict set found $table {}
            set column -1
        } elseif {[string match |* $line] && $table ne ""} {
            set cells {}
            foreach cell [split [string trim $line "| "] |] { lappend cells [string trim $cell] }
            if {[lindex $cells 0] eq "Direction"} {
                set column [lsearch -glob $cells *Level*]
            } elseif {$column >= 0 && [string is integer -strict [lindex $cells $column]]} {
                dict lappend found $table [lindex $cells $column]
            }
        }
    }
    if {[dict size $found] == 0} {
        return "not understood; this Vivado words its report otherwise, read $file"
    }
    set parts {}
    dict for {name levels} $found {
        lappend parts [expr {[llength $levels] ? "$name level [lindex [lsort -integer $levels] end]" : "$name none"}]
    }
    return "[join $parts {, }] (5 and more slow the routing down, 7 and more may not route)"
}

# How many pins the report of check_timing counts under `check`.
proc counted {report check} {
    set text [text_of $report]
    if {[regexp "checking $check \\((\\d+)\\)" $text -> count]} {
        return $count
    }
    # releases without the number in the heading
    if {[regexp "checking $check\\s*\\n-+\\s*\\n\\s*There (?:are|is) (\\d+) " $text -> count]} {
        return $count
    }
    fail "check_timing does not say how many $check there are; this Vivado words its report otherwise, read $report"
}

# What no constraint reaches has no slack, and so looks well in every other report.
proc check_constraints {report} {
    foreach {check what} {
        no_clock                         "registers have no clock"
        unconstrained_internal_endpoints "pins end paths that no constraint limits"
        generated_clocks                 "generated clocks come from no clock"
        loops                            "combinational loops are cut at will"
        latch_loops                      "loops go through latches"
    } {
        set count [counted $report $check]
        puts "check_timing, $check: $count"
        if {$count > 0} {
            fail "timing is not known: $count $what ($check); $report names them"
        }
    }
}

# Reports and the check of timing: {} if it is met, else {sentence slack}; what a slower clock does not mend ends the build.
proc look_at_timing {} {
    global engine_mhz
    step "Reports, in [output reports]"
    file mkdir [output reports]
    report_utilization -hierarchical -file [output reports/utilisation.txt]
    report_timing_summary -report_unconstrained -file [output reports/timing.txt]
    report_pulse_width -file [output reports/pulse_widths.txt]
    check_timing -verbose -file [output reports/constraints.txt]
    report_cdc -details -file [output reports/crossings.txt]
    report_drc -file [output reports/rules.txt]
    report_clocks -file [output reports/clocks.txt]
    report_design_analysis -congestion -file [output reports/congestion.txt]
    puts "Congestion: [congestion [output reports/congestion.txt]]"
    foreach {kind option} {setup -setup hold -hold} {
        set path [get_timing_paths -max_paths 1 $option]
        if {[llength $path] == 0} {
            fail "there is no path to check for $kind: the clocks are not constrained; read [output reports/clocks.txt]"
        }
        set slack($kind) [get_property SLACK $path]
        puts "Worst $kind slack: $slack($kind) ns"
    }
    check_constraints [output reports/constraints.txt]
    set pulse [pulse_widths [output reports/timing.txt] [output reports/pulse_widths.txt]]
    if {$slack(hold) < 0} {
        fail "timing is not met: hold by [expr {-$slack(hold)}] ns, which no slower clock mends; read [output reports/timing.txt]"
    }
    if {$slack(setup) < 0} {
        report_families [output reports/families.txt]
        return [list "setup by [expr {-$slack(setup)}] ns" $slack(setup)]
    }
    if {$pulse ne ""} {
        return [list $pulse 0]
    }
    return {}
}

# The files that the board is given.
proc write_products {} {
    global flash_interface flash_mebibytes
    step "Bitstream"
    write_bitstream -force [output ember.bit]
    if {$flash_interface ne ""} {
        step "Flash image"
        write_cfgmem -force -format mcs -interface $flash_interface -size $flash_mebibytes \
            -loadbit "up 0x0 [output ember.bit]" -file [output ember.mcs]
    }
}

# Builds at the board's clock, and with --auto-clock at the next lower ones until timing is met.
proc climb_down {flow auto} {
    global engine_mhz frame_cycles
    set asked $engine_mhz
    set ladder [rungs $asked]
    set tried {}
    while 1 {
        run_$flow
        set missed [look_at_timing]
        if {[llength $missed] == 0} {
            break
        }
        lassign $missed what slack
        lappend tried "$engine_mhz MHz missed $what"
        if {!$auto} {
            set advice "lower clock.engine_mhz in board.toml and generate again, or build with --auto-clock"
            fail "timing is not met: $what; $advice, and read [output reports/timing.txt]"
        }
        # the one that failed and those above it are no choice any more
        set lower {}
        foreach rung $ladder {
            if {$rung < $engine_mhz - 0.001} { lappend lower $rung }
        }
        set next [next_rung $lower $engine_mhz $slack]
        if {$next eq ""} {
            foreach rung $tried { puts "  $rung" }
            fail "timing is not met at any clock down to [lindex $ladder end] MHz, in [llength $tried] builds: [lindex $tried end];\
                read [output reports/families.txt]"
        }
        step "Timing is not met at $engine_mhz MHz: $what; once more at $next MHz"
        step_down $engine_mhz
        set engine_mhz $next
    }
    foreach rung $tried { puts "  $rung" }
    step "Timing is met at $engine_mhz MHz ($asked asked for): [frames $engine_mhz] frames a second of SqueezeNet v1.1\
        ($frame_cycles cycles a frame; estimate until a board has run it)"
}

proc main {arguments} {
    global jobs
    lassign $arguments flow auto
    if {$flow ni {project nonproject} || [llength $arguments] > 2 || $auto ni {{} --auto-clock}} {
        fail "expected -tclargs project or -tclargs nonproject, and perhaps --auto-clock after it"
    }
    set jobs 2
    if {[info exists ::env(JOBS)]} {
        set jobs $::env(JOBS)
    }
    if {![string is integer -strict $jobs] || $jobs < 1} {
        fail "JOBS is $jobs; expected a number of jobs, 1 or more"
    }
    check_tools
    check_sources
    start_afresh
    climb_down $flow [expr {$auto ne ""}]
    write_products
    step "Done: [output ember.bit]"
}

if {[catch {main $argv} message]} {
    fail "$message (in build.tcl; Vivado's messages are above)"
}
