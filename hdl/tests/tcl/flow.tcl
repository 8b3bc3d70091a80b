# Properties, synthesis to bitstream in both flows, reports.

set stub_synthesised 0
set stub_state {}        ;# empty, synthesised, optimised, placed, routed
set stub_runs {}
set stub_bd_read 0
set stub_generated 0
set stub_bitstream 0
set stub_done {}         ;# commands that must not be left out
set stub_builds 0        ;# designs that were routed, of all projects

# A project begins without netlist, runs and constraints.
proc stub_no_netlist {} {
    foreach name {state runs waiting constraints placed port_facts clocks lane_sites exceptions} { set ::stub_$name {} }
    foreach name {synthesised bd_read generated bitstream} { set ::stub_$name 0 }
}

# A figure of this build: the variable is a list, one a build, and its last goes on.
proc stub_of_build {name default} {
    set list [stub_env $name $default]
    set last [expr {[llength $list] - 1}]
    return [lindex $list [expr {max(0, min($last, $::stub_builds - 1))}]]
}

proc get_files {name} {
    if {$name eq "$::stub_bd.bd" || ($name eq "ember_board.bd" && $::stub_bd_read)} { return file:$name }
    foreach file [dict keys $::stub_constraints] {
        if {[file tail $file] eq $name} { return constraint:$file }
    }
    stub_error "there is no file $name"
}

proc get_filesets {name} {
    if {$name ni {sources_1 constrs_1 sim_1}} { stub_error "there is no fileset $name" }
    return fileset:$name
}

proc get_runs {name} {
    if {$name ni {synth_1 impl_1}} { stub_error "there is no run $name" }
    return run:$name
}

proc set_property {args} {
    lassign [stub_options set_property $args {-dict 1} 3 1] options words
    if {[dict exists $options -dict]} {
        if {[llength $words] != 1} { stub_error "set_property -dict wants one object" }
        set pairs [dict get $options -dict]
        set objects [lindex $words 0]
    } else {
        if {[llength $words] != 3} { stub_error "set_property wants property, value and object" }
        set pairs [lrange $words 0 1]
        set objects [lindex $words 2]
    }
    if {[llength $pairs] % 2} { stub_error "set_property -dict with an odd list" }
    if {[llength $objects] == 0} { stub_error "set_property for nothing" }
    foreach object $objects {
        foreach {property value} $pairs { stub_set_one $object $property $value }
    }
}

# UG835 and UG904 (2022.1): directives of each command.
set stub_directives {
    synth_design {Default RuntimeOptimized AreaOptimized_high AreaOptimized_medium AlternateRoutability AreaMapLargeShiftRegToBRAM
        AreaMultThresholdDSP FewerCarryChains LogicCompaction PerformanceOptimized PowerOptimized_high PowerOptimized_medium}
    opt_design {Default Explore ExploreArea ExploreSequentialArea ExploreWithRemap AddRemap NoBramPowerOpt RuntimeOptimized RQS}
    place_design {Default Explore WLDrivenBlockPlacement EarlyBlockPlacement ExtraNetDelay_high ExtraNetDelay_low AltSpreadLogic_high
        AltSpreadLogic_medium AltSpreadLogic_low ExtraPostPlacementOpt ExtraTimingOpt SSI_SpreadLogic_high SSI_SpreadLogic_low
        SSI_SpreadSLLs SSI_BalanceSLLs SSI_BalanceSLRs SSI_HighUtilSLRs RuntimeOptimized Quick RQS Auto_1 Auto_2 Auto_3}
    phys_opt_design {Default Explore ExploreWithHoldFix ExploreWithAggressiveHoldFix AggressiveExplore AlternateReplication
        AggressiveFanoutOpt AddRetime AlternateFlowWithRetiming RuntimeOptimized RQS}
    route_design {Default Explore AggressiveExplore NoTimingRelaxation MoreGlobalIterations HigherDelayCost AdvancedSkewModeling
        AlternateCLBRouting RuntimeOptimized Quick RQS}
}
set stub_steps [dict create \
    synth_1 [dict create \
        STEPS.SYNTH_DESIGN.ARGS.DIRECTIVE [dict get $stub_directives synth_design] \
        STEPS.SYNTH_DESIGN.ARGS.FLATTEN_HIERARCHY {rebuilt full none} \
        STEPS.SYNTH_DESIGN.ARGS.KEEP_EQUIVALENT_REGISTERS {true false} \
        STEPS.SYNTH_DESIGN.ARGS.SHREG_MIN_SIZE number:3:32] \
    impl_1 [dict create \
        STEPS.OPT_DESIGN.ARGS.DIRECTIVE [dict get $stub_directives opt_design] \
        STEPS.PLACE_DESIGN.ARGS.DIRECTIVE [dict get $stub_directives place_design] \
        STEPS.PHYS_OPT_DESIGN.IS_ENABLED {true false} \
        STEPS.PHYS_OPT_DESIGN.ARGS.DIRECTIVE [dict get $stub_directives phys_opt_design] \
        STEPS.ROUTE_DESIGN.ARGS.DIRECTIVE [dict get $stub_directives route_design] \
        STEPS.POST_ROUTE_PHYS_OPT_DESIGN.IS_ENABLED {true false} \
        STEPS.POST_ROUTE_PHYS_OPT_DESIGN.ARGS.DIRECTIVE [dict get $stub_directives phys_opt_design]]]

proc stub_one_of {property value known} {
    if {![dict exists $known $property]} { error "\[stub\] there is no property $property; known are [dict keys $known]" }
    if {![stub_value_fits [dict get $known $property] $value]} { error "\[stub\] $property does not take $value: [dict get $known $property]" }
}

proc stub_set_one {object property value} {
    if {![regexp {^(\w+):(.*)$} $object -> kind name]} { error "\[stub\] $object is no object" }
    switch $kind {
        cell {
            set ip [dict get $::stub_cells $name kind]
            stub_one_of $property $value [dict get $::stub_properties $ip]
            dict set ::stub_cells $name properties $property $value
            dict set ::stub_cells $name properties [stub_ip_changed $ip $property [dict get $::stub_cells $name properties] [stub_part]]
        }
        port { stub_one_of $property $value {CONFIG.POLARITY {ACTIVE_LOW ACTIVE_HIGH}} }
        intf_port { stub_one_of $property $value {CONFIG.FREQ_HZ {100000000}} }
        file { stub_one_of $property $value {synth_checkpoint_mode {None Hierarchical Singular}}; lappend ::stub_done $property }
        fileset { stub_one_of $property $value {top ember_board_wrapper} }
        constraint {
            stub_one_of $property $value {SCOPED_TO_REF ember_shell USED_IN {implementation {synthesis implementation}}}
            dict set ::stub_constraints $name $property $value
        }
        run {
            if {$property eq "STEPS.OPT_DESIGN.TCL.PRE" && $name eq "impl_1"} {
                if {![file isfile $value]} { error "\[stub\] $value does not exist" }
            } else {
                stub_one_of $property $value [dict get $::stub_steps $name]
            }
            dict set ::stub_runs $name $property $value
        }
        top_port { stub_set_port $object $property $value }
        design { stub_one_of $property $value $::stub_design_properties }
        lane {
            if {$property ne "LOC"} { error "\[stub\] a lane has no property $property" }
            if {![regexp {^GT[PX]E2_CHANNEL_X0Y(\d+)$} $value -> y] || $y > 15} { error "\[stub\] there is no site $value" }
            if {$value in [dict values $::stub_lane_sites]} { error "\[stub\] the site $value is occupied" }
            dict set ::stub_lane_sites $name $value
        }
        hw_device { stub_one_of $property $value {PROGRAM.FILE re:\\.bit$} }
        hw_cfgmem {
            stub_one_of $property $value {PROGRAM.FILES re:\\.mcs PROGRAM.ADDRESS_RANGE {use_file entire_device}
                PROGRAM.UNUSED_PIN_TERMINATION {pull-none pull-up pull-down} PROGRAM.BLANK_CHECK {0 1} PROGRAM.ERASE {0 1}
                PROGRAM.CFG_PROGRAM {0 1} PROGRAM.VERIFY {0 1} PROGRAM.CHECKSUM {0 1}}
        }
        default { error "\[stub\] properties of $kind are not imitated" }
    }
}

proc reset_property {property objects} {
    foreach object $objects {
        if {$property ne "LOC" || ![regexp {^lane:(.*)$} $object -> lane]} { stub_error "reset_property $property $object" }
        dict unset ::stub_lane_sites $lane
    }
}

proc get_property {args} {
    lassign [stub_options get_property $args {-min 0} 2 2] options words
    lassign $words property object
    regexp {^(\w+):(.*)$} $object -> kind name
    switch $kind {
        cell {
            set value [dict get $::stub_cells $name properties $property]
            # as Vivado may spell what it was given
            switch $property {
                CONFIG.PRIM_IN_FREQ { return [format %.3f $value] }
                CONFIG.pciebar2axibar_axil_master { return [format 0x%016x $value] }
                CONFIG.pf0_device_id { return [string tolower $value] }
                default { return $value }
            }
        }
        pin {
            if {$property ne "CONFIG.FREQ_HZ"} { stub_error "a pin has no $property" }
            if {!$::stub_validated} { stub_error "frequencies are known after validate_bd_design" }
            set slip [expr {[stub_env STUB_BREAK ""] eq "clock" ? 0.9 : 1.0}]
            switch $name {
                xdma/axi_aclk { return [expr {int([dict get $::stub_cells xdma properties CONFIG.axisten_freq] * 1e6)}] }
                engine_clock/clk_out1 { return [expr {int($slip * [dict get $::stub_cells engine_clock properties CONFIG.CLKOUT1_REQUESTED_OUT_FREQ] * 1e6)}] }
                default { stub_error "$name is no clock" }
            }
        }
        clock {
            if {$property ne "PERIOD"} { stub_error "a clock has no $property" }
            return 4.000
        }
        run {
            switch $property {
                PROGRESS { return [expr {[stub_env STUB_BREAK ""] eq "run" ? "40%" : "100%"}] }
                STATUS { return "synth_design ERROR" }
                DIRECTORY { return /somewhere/$name }
                NEEDS_REFRESH { return [expr {[stub_env STUB_BREAK ""] eq "refresh"}] }
                default { stub_error "a run has no $property" }
            }
        }
        path {
            if {$name in {setup hold}} {
                if {$property ne "SLACK"} { stub_error "a path has no $property" }
                return [stub_of_build [expr {$name eq "setup" ? "STUB_WNS" : "STUB_WHS"}] 0.1]
            }
            # of a list of paths: slack, where it starts and ends
            lassign [lindex [stub_env STUB_PATHS $::stub_paths] $name] slack from to
            switch $property {
                SLACK { return $slack }
                STARTPOINT_PIN { return $from/C }
                ENDPOINT_PIN { return $to/D }
                LOGIC_LEVELS { return 6 }
                DATAPATH_LOGIC_DELAY { return 0.912 }
                DATAPATH_NET_DELAY { return 2.875 }
                default { stub_error "a path has no $property" }
            }
        }
        hw_device {
            if {$property ne "PROGRAM.HW_CFGMEM_BITFILE"} { stub_error "a device has no $property" }
            return bridge.bit
        }
        default { stub_error "get_property of $object" }
    }
}

# Non-project.
proc read_bd {file} {
    if {![file isfile $file]} { stub_error "$file does not exist" }
    if {![dict get $::stub_project memory]} { stub_error "read_bd in a project" }
    set ::stub_bd_read 1
}

proc generate_target {what files} {
    if {$what ne "all" || $files ne "file:ember_board.bd"} { stub_error "generate_target $what $files" }
    set ::stub_generated 1
}

proc read_xdc {args} {
    lassign [stub_options read_xdc $args {-ref 1 -cells 1 -unmanaged 0} 1 1] options files
    set file [lindex $files 0]
    if {![file isfile $file]} { stub_error "$file does not exist" }
    if {[dict exists $options -ref]} {
        if {!$::stub_synthesised} { stub_error "$file: the registers are not known before synthesis" }
        stub_read_xdc $file [dict get $options -ref]
    } elseif {$::stub_synthesised} {
        stub_read_xdc $file {}
    } else {
        lappend ::stub_waiting $file
    }
}
set stub_waiting {}

proc stub_netlist {} {
    set ::stub_synthesised 1
    set ::stub_state synthesised
    if {"synth_checkpoint_mode" ni $::stub_done} { error "\[stub\] the block design is not synthesised with the rest" }
    if {![llength [lsearch -all -inline -glob [dict keys $::stub_sources] *ember_board_wrapper.v]]} { error "\[stub\] the wrapper is not among the sources" }
    set facts [dict get $::stub_parts [stub_part]]
    if {[dict get $facts family] eq "7series"} {
        # the IP places lane 0 highest
        for {set lane 0} {$lane < [dict get $facts lanes]} {incr lane} {
            dict set ::stub_lane_sites $lane "[string toupper [dict get $facts kind]]E2_CHANNEL_X0Y[expr {[dict get $facts first] - $lane}]"
        }
    }
}

proc synth_design {args} {
    lassign [stub_options synth_design $args {-top 1 -part 1 -flatten_hierarchy 1 -directive 1 -keep_equivalent_registers 0
        -shreg_min_size 1} 0] options
    stub_directive synth_design $options
    stub_number synth_design $options -shreg_min_size 3
    if {![dict exists $options -keep_equivalent_registers]} { stub_error "synth_design would merge copies of registers" }
    if {[dict get $options -top] ne "ember_board_wrapper"} { stub_error "there is no module [dict get $options -top]" }
    if {[dict get $options -part] ne [stub_part]} { stub_error "another part than the project's" }
    if {!$::stub_bd_read || !$::stub_generated} { stub_error "the block design is not read and generated" }
    stub_netlist
    foreach file $::stub_waiting { stub_read_xdc $file {} }
}

proc stub_next {command from to} {
    if {$::stub_state ne $from} { error "\[stub\] $command on a design that is $::stub_state, expected $from" }
    set ::stub_state $to
}
proc stub_directive {command options} {
    if {![dict exists $options -directive]} { return }
    set directive [dict get $options -directive]
    if {$directive ni [dict get $::stub_directives $command]} { return -code error "\[stub\] $command has no directive $directive" }
}
foreach {stub_step stub_from stub_to stub_before} {
    opt_design synthesised optimised stub_check_constraints
    place_design optimised placed {}
    route_design placed routed {incr ::stub_builds}
} {
    proc $stub_step {args} [format {
        lassign [stub_options %1$s $args {-directive 1} 0] options
        stub_directive %1$s $options
        %4$s
        stub_next %1$s %2$s %3$s
    } $stub_step $stub_from $stub_to $stub_before]
}
# After placement, and again after routing.
proc phys_opt_design {args} {
    lassign [stub_options phys_opt_design $args {-directive 1} 0] options
    stub_directive phys_opt_design $options
    if {$::stub_state ni {placed routed}} { stub_error "phys_opt_design on a design that is $::stub_state" }
    lappend ::stub_done phys_opt_$::stub_state
}

proc write_checkpoint {args} {
    lassign [stub_options write_checkpoint $args {-force 0} 1 1] options names
    if {!$::stub_synthesised} { stub_error "there is no design" }
    close [open [lindex $names 0] w]
}

# Project.
proc launch_runs {args} {
    lassign [stub_options launch_runs $args {-jobs 1 -to_step 1} 1 1] options runs
    set run [lindex $runs 0]
    get_runs $run
    if {$run eq "impl_1" && [dict get $options -to_step] ne "route_design"} { stub_error "implementation goes to route_design" }
    if {$run eq "impl_1" && $::stub_state ne "synthesised"} { stub_error "implementation before synthesis" }
    dict set ::stub_runs $run launched 1
}

proc stub_run_phys_opt {property} {
    if {[dict exists $::stub_runs impl_1 $property] && [dict get $::stub_runs impl_1 $property]} { phys_opt_design }
}

proc wait_on_run {run} {
    if {![dict exists $::stub_runs $run launched]} { stub_error "$run was not launched" }
    if {[stub_env STUB_BREAK ""] eq "run"} { return }
    if {$run eq "synth_1"} {
        if {![dict exists $::stub_runs synth_1 STEPS.SYNTH_DESIGN.ARGS.KEEP_EQUIVALENT_REGISTERS]} {
            error "\[stub\] synth_1 would merge copies of registers"
        }
        stub_netlist
    } else {
        dict for {file facts} $::stub_constraints {
            if {[dict exists $facts SCOPED_TO_REF]} {
                if {![dict exists $facts USED_IN]} { error "\[stub\] $file would be read before synthesis too" }
                stub_read_xdc $file [dict get $facts SCOPED_TO_REF]
            } else {
                stub_read_xdc $file {}
            }
        }
        if {[dict exists $::stub_runs impl_1 STEPS.OPT_DESIGN.TCL.PRE]} {
            uplevel #0 [list source [dict get $::stub_runs impl_1 STEPS.OPT_DESIGN.TCL.PRE]]
        }
        opt_design
        place_design
        stub_run_phys_opt STEPS.PHYS_OPT_DESIGN.IS_ENABLED
        route_design
        stub_run_phys_opt STEPS.POST_ROUTE_PHYS_OPT_DESIGN.IS_ENABLED
    }
}

proc open_run {run} {
    if {$run ne "impl_1" || $::stub_state ne "routed"} { stub_error "$run is not finished" }
}

# Reports and products.
foreach {stub_report stub_report_options} {
    report_utilization {-hierarchical 0 -file 1}
    report_cdc {-details 0 -file 1}
    report_drc {-file 1}
    report_clocks {-file 1}
} {
    proc $stub_report {args} [format {
        lassign [stub_options %s $args {%s} 0] options
        if {$::stub_state ne "routed"} { stub_error "a report of a design that is not routed" }
        close [open [dict get $options -file] w]
    } $stub_report $stub_report_options]
}

# What a report command does with its text: a file, the result or the console.
proc stub_report {options text} {
    if {$::stub_state ne "routed"} { error "\[stub\] a report of a design that is not routed" }
    if {[dict exists $options -file]} {
        set channel [open [dict get $options -file] [expr {[dict exists $options -append] ? "a" : "w"}]]
        puts $channel $text
        close $channel
    }
    if {[dict exists $options -return_string]} { return $text }
    if {![dict exists $options -file]} { puts $text }
    return {}
}

proc stub_number {command options option least} {
    if {![dict exists $options $option]} { return }
    set value [dict get $options $option]
    if {![string is double -strict $value] || $value < $least} { return -code error "\[stub\] $command $option $value; expected a number from $least" }
}

# UG835 (2022.1), report_timing_summary; the text is Vivado's in what a script may look for.
proc report_timing_summary {args} {
    lassign [stub_options report_timing_summary $args {-check_timing_verbose 0 -delay_type 1 -no_detailed_paths 0 -setup 0 -hold 0
        -max_paths 1 -nworst 1 -unique_pins 0 -path_type 1 -no_reused_label 0 -input_pins 0 -no_pblock 0 -routable_nets 0
        -slack_lesser_than 1 -report_unconstrained 0 -significant_digits 1 -no_header 0 -file 1 -append 0 -name 1
        -return_string 0 -warn_on_violation 0 -datasheet 0 -cells 1 -rpx 1 -quiet 0 -verbose 0} 0] options
    if {[dict exists $options -delay_type] && [dict get $options -delay_type] ni {max min min_max}} { stub_error "-delay_type [dict get $options -delay_type]" }
    if {[dict exists $options -path_type] && [dict get $options -path_type] ni {end summary short full full_clock full_clock_expanded}} {
        stub_error "-path_type [dict get $options -path_type]"
    }
    foreach option {-max_paths -nworst} { stub_number report_timing_summary $options $option 1 }
    lappend ::stub_done pulse_width
    set slack [stub_of_build STUB_WPWS 0.750]
    set failing [expr {[string is double -strict $slack] && $slack < 0 ? 3 : 0}]
    set total [expr {$failing ? [format %.3f [expr {3 * $slack}]] : "0.000"}]
    set wns [stub_of_build STUB_WNS 0.1]
    set whs [stub_of_build STUB_WHS 0.1]
    set text "Timing Summary Report\n\n[stub_check_timing 0]\n"
    append text "------------------\n| Design Timing Summary\n| ---------------------\n------------------\n\n"
    if {[stub_env STUB_BREAK ""] ne "summary"} {
        append text "    WNS(ns)      TNS(ns)  TNS Failing Endpoints  TNS Total Endpoints      WHS(ns)      THS(ns)  THS Failing Endpoints  THS Total Endpoints     WPWS(ns)     TPWS(ns)  TPWS Failing Endpoints  TPWS Total Endpoints  \n"
        append text "    -------      -------  ---------------------  -------------------      -------      -------  ---------------------  -------------------     --------     --------  ----------------------  --------------------  \n"
        append text "      $wns        0.000                      0               398169        $whs        0.000                      0               398169        $slack        $total                       $failing                160213  \n\n"
    }
    # the same headings again, a clock a line
    append text "| Intra Clock Table\n| -----------------\n\nClock             WNS(ns)      TNS(ns)  TNS Failing Endpoints  TNS Total Endpoints      WHS(ns)      THS(ns)  THS Failing Endpoints  THS Total Endpoints     WPWS(ns)     TPWS(ns)  TPWS Failing Endpoints  TPWS Total Endpoints  \n"
    append text "-----             -------      -------  ---------------------  -------------------      -------      -------  ---------------------  -------------------     --------     --------  ----------------------  --------------------  \n"
    append text "pcie_refclk                                                                                                                                                                  8.462        0.000                       0                     4  \n"
    return [stub_report $options $text]
}

# UG835 (2022.1), report_pulse_width.
proc report_pulse_width {args} {
    lassign [stub_options report_pulse_width $args {-file 1 -append 0 -name 1 -return_string 0 -warn_on_violation 0 -all_violators 0
        -significant_digits 1 -limit 1 -min_period 0 -max_period 0 -low_pulse 0 -high_pulse 0 -max_skew 0 -clocks 1 -no_header 0
        -cells 1 -rpx 1 -quiet 0 -verbose 0} 1] options
    return [stub_report $options "Pulse Width Report\n\nCheck Type        Corner  Lib Pin          Reference Pin  Required(ns)  Actual(ns)  Slack(ns)  Location  Pin"]
}

set stub_checks {
    no_clock "register/latch pins with no clock."
    constant_clock "register/latch pins with constant_clock."
    pulse_width_clock "register/latch pins which need pulse_width check"
    unconstrained_internal_endpoints "pins that are not constrained for maximum delay."
    no_input_delay "input ports with no input delay specified."
    no_output_delay "ports with no output delay specified."
    multiple_clock "register/latch pins with multiple clocks."
    generated_clocks "generated clocks that are not connected to a clock source."
    loops "combinational loops in the design."
    partial_input_delay "input ports with partial input delay specified."
    partial_output_delay "ports with partial output delay specified."
    latch_loops "combinational latch loops in the design through latch input"
}

# The report of check_timing. STUB_UNCHECKED names a check and how many it finds; the ports of a board have no delays.
proc stub_check_timing {verbose} {
    set found [concat {no_input_delay 1 no_output_delay 1} [stub_env STUB_UNCHECKED ""]]
    set headings {}
    set sections {}
    set i 0
    foreach {check what} $::stub_checks {
        set count [expr {[dict exists $found $check] ? [dict get $found $check] : 0}]
        set heading "[incr i]. checking $check[expr {[stub_env STUB_BREAK ""] in {old_report odd_report} ? "" : " ($count)"}]"
        lappend headings $heading
        set there [expr {[stub_env STUB_BREAK ""] eq "odd_report" ? "Found" : "There are"}]
        append sections "$heading\n[string repeat - [string length $heading]]\n $there $count $what\n\n\n"
        if {$verbose && $count} { append sections "shell/some_reg/C\n\n" }
    }
    return "check_timing report\n\nTable of Contents\n-----------------\n[join $headings \n]\n\n$sections"
}

# UG835 (2022.1), check_timing.
proc check_timing {args} {
    lassign [stub_options check_timing $args {-file 1 -no_header 0 -loop_limit 1 -append 0 -name 1 -override_defaults 1 -include 1
        -exclude 1 -return_string 0 -rpx 1 -cells 1 -verbose 0 -quiet 0} 0] options
    stub_number check_timing $options -loop_limit 0
    foreach option {-override_defaults -include -exclude} {
        if {![dict exists $options $option]} { continue }
        foreach check [dict get $options $option] {
            if {![dict exists $::stub_checks $check]} { stub_error "check_timing has no check $check" }
        }
    }
    lappend ::stub_done check_timing
    return [stub_report $options [stub_check_timing [dict exists $options -verbose]]]
}

# Slack, register in which the path starts, register in which it ends.
set stub_paths {
    {-0.250 ember_board_i/shell/inst/u_engine/u_scanner/x_reg[3] ember_board_i/shell/inst/u_engine/u_weight_loader/tile_reg[0]}
    {-0.125 ember_board_i/shell/inst/u_engine/u_array/u_tail_2/u_lane_13/product_reg[1] ember_board_i/shell/inst/u_engine/u_array/u_tail_2/u_lane_13/over_reg}
    {-0.200 ember_board_i/shell/inst/u_engine/u_array/u_tail_0/u_lane_4/product_reg[7] ember_board_i/shell/inst/u_engine/u_array/u_tail_0/u_lane_4/over_reg}
    {0.010 ember_board_i/shell/inst/u_engine/u_sender/step_reg[0] ember_board_i/shell/inst/u_engine/u_sender/head_reg[0]}
}

# UG835 (2022.1), report_design_analysis; the tables of -congestion as UG906 shows them. STUB_CONGESTION has the levels of the
# placed, the estimated and the routed design, each a list.
proc report_design_analysis {args} {
    lassign [stub_options report_design_analysis $args {-file 1 -append 0 -return_string 0 -name 1 -no_pr_attribute 0 -complexity 0
        -cells 1 -bounding_boxes 1 -hierarchical_depth 1 -congestion 0 -min_congestion_level 1 -timing 0 -setup 0 -hold 0 -show_all 0
        -full_logical_pin 0 -routed_vs_estimated 0 -logic_level_distribution 0 -logic_level_dist_paths 1 -min_level 1 -max_level 1
        -of_timing_paths 1 -routes 0 -end_point_clock 1 -extend 0 -max_paths 1 -qor_summary 0 -json 1 -quiet 0 -verbose 0} 0] options
    if {![dict exists $options -congestion]} { stub_error "report_design_analysis is imitated with -congestion" }
    lappend ::stub_done congestion
    set text "Report Design Analysis\n\nTable of Contents\n-----------------\n"
    set titles {"Placed Maximum Level" "Initial Estimated Router" "Routed Maximum Level"}
    set i 0
    foreach title $titles { append text "[incr i]. $title Congestion Reporting\n" }
    set i 0
    foreach title $titles levels [stub_env STUB_CONGESTION {{3 4} {} 2}] {
        set heading "[incr i]. $title Congestion Reporting"
        append text "\n$heading\n[string repeat - [string length $heading]]\n\n"
        append text "+-----------+--------+-------+------------------+\n| Direction |  Type  | Level | Percentage Tiles |\n+-----------+--------+-------+------------------+\n"
        foreach level $levels direction [lrange {North South East West} 0 [llength $levels]-1] {
            append text "| $direction     | Global |     $level |            0.312 |\n"
        }
        append text "+-----------+--------+-------+------------------+\n* No congestion windows are found above level 5\n"
    }
    if {[stub_env STUB_BREAK ""] eq "congestion"} { set text "Congestion: see the other page\n" }
    return [stub_report $options $text]
}

proc get_timing_paths {args} {
    lassign [stub_options get_timing_paths $args {-max_paths 1 -nworst 1 -setup 0 -hold 0 -slack_lesser_than 1} 0] options
    if {[dict exists $options -setup] == [dict exists $options -hold]} { stub_error "get_timing_paths wants -setup or -hold" }
    foreach option {-max_paths -nworst} { stub_number get_timing_paths $options $option 1 }
    if {[dict exists $options -slack_lesser_than]} {
        set paths {}
        set i 0
        foreach path [stub_env STUB_PATHS $::stub_paths] {
            if {[lindex $path 0] < [dict get $options -slack_lesser_than]} { lappend paths path:$i }
            incr i
        }
        return [lrange $paths 0 [dict get $options -max_paths]-1]
    }
    set kind [expr {[dict exists $options -setup] ? "setup" : "hold"}]
    lappend ::stub_done $kind
    if {[stub_env STUB_BREAK ""] eq "unconstrained"} { return {} }
    return path:$kind
}

proc write_bitstream {args} {
    lassign [stub_options write_bitstream $args {-force 0} 1 1] options names
    if {$::stub_state ne "routed"} { stub_error "a bitstream of a design that is not routed" }
    foreach look {setup hold pulse_width check_timing congestion} {
        if {$look ni $::stub_done} { stub_error "a bitstream before timing was looked at: $look" }
    }
    foreach state {placed routed} {
        if {"phys_opt_$state" ni $::stub_done} { stub_error "a bitstream without phys_opt_design of the $state design" }
    }
    if {[stub_of_build STUB_WNS 0.1] < 0 || [stub_of_build STUB_WHS 0.1] < 0} { stub_error "a bitstream of a design that misses its clock" }
    close [open [lindex $names 0] w]
    set ::stub_bitstream 1
}

proc write_cfgmem {args} {
    lassign [stub_options write_cfgmem $args {-force 0 -format 1 -interface 1 -size 1 -loadbit 1 -file 1} 0] options
    if {[dict get $options -format] ni {mcs bin hex}} { stub_error "format [dict get $options -format]" }
    if {[string tolower [dict get $options -interface]] ni {spix1 spix2 spix4 spix8 bpix8 bpix16}} { stub_error "interface [dict get $options -interface]" }
    set size [dict get $options -size]
    if {$size < 1 || ($size & ($size - 1))} { stub_error "size $size" }
    lassign [dict get $options -loadbit] way address file
    if {$way ni {up down} || $address ne "0x0" || ![file isfile $file]} { stub_error "-loadbit [dict get $options -loadbit]" }
    set root [file rootname [dict get $options -file]]
    foreach end [expr {[string tolower [dict get $options -interface]] eq "spix8" ? {_primary _secondary} : {{}}}] {
        close [open $root$end.mcs w]
    }
}

proc stub_finished {} {
    if {[file tail $::stub_script] eq "build.tcl" && !$::stub_bitstream} { error "\[stub\] build.tcl ended without a bitstream" }
    if {[file tail $::stub_script] eq "program.tcl" && !$::stub_programmed} { error "\[stub\] program.tcl ended without programming" }
}
