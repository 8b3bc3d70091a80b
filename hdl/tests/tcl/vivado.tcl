# A strict imitation of the commands of Vivado that build.tcl, program.tcl and the constraints use, for tclsh.
#
#   tclsh vivado.tcl SCRIPT ARGUMENT...
#
# It builds nothing. It knows commands, options, properties and their values, IPs with their pins, parts and package
# pins, and the order in which things must happen; whatever it does not know is an error, so a spelling mistake does not
# pass. What it knows was written from the product guides and public designs, and not from build.tcl.
#
# Environment: STUB_VERSION (2022.1), STUB_PARTS (parts that are installed, all by default), STUB_WNS, STUB_WHS, STUB_WPWS
# (slacks, one a build, the last of them goes on), STUB_PATHS (paths, with slack and both registers), STUB_CONGESTION (levels of
# three tables), STUB_UNCHECKED (checks of check_timing and how many each finds), STUB_BREAK (a product that is made wrong:
# wrapper, run, clock, summary, old_report, odd_report, congestion).

set stub_here [file dirname [file normalize [info script]]]

# Ends a wrong use; the message reaches the script's catch as Vivado's would.
proc stub_error {message} {
    return -code error -level 2 "\[stub\] $message"
}

proc stub_env {name default} {
    if {[info exists ::env($name)]} { return $::env($name) }
    return $default
}

# Reads options: `spec` has name and number of values of each; returns {dictionary positional}.
proc stub_options {command arguments spec {most 1} {least 0}} {
    set options {}
    set positional {}
    while {[llength $arguments] > 0} {
        set arguments [lassign $arguments word]
        if {[string match {-[a-z]*} $word]} {
            if {![dict exists $spec $word]} {
                return -code error "\[stub\] $command has no option $word"
            }
            if {[dict exists $options $word]} {
                return -code error "\[stub\] $command has $word twice"
            }
            if {[dict get $spec $word]} {
                if {[llength $arguments] == 0} {
                    return -code error "\[stub\] $command $word wants a value"
                }
                set arguments [lassign $arguments value]
                dict set options $word $value
            } else {
                dict set options $word 1
            }
        } else {
            lappend positional $word
        }
    }
    if {[llength $positional] > $most || [llength $positional] < $least} {
        return -code error "\[stub\] $command has [llength $positional] arguments beside options, expected $least to $most: $positional"
    }
    return [list $options $positional]
}

foreach stub_file {parts.tcl ips.tcl design.tcl xdc.tcl flow.tcl hardware.tcl} {
    source [file join $stub_here $stub_file]
}

# A command that nobody imitated is a mistake, not a program to run.
proc unknown {name args} {
    return -code error "\[stub\] there is no command $name"
}

set argv [lassign $argv stub_script]
set argc [llength $argv]
source $stub_script
stub_finished
puts "STUB: accepted"
