# Parts, as far as the shipped boards need them, and the pins of their packages that the boards use.

# family, PCIe blocks (as XDMA's pcie_blk_locn names them), quads whose lanes can be lane 0, most generation and lanes
set stub_parts {
    xc7a200tfbg484-2      {family 7series     blocks X0Y0 quads {} generation 2 lanes 4  kind gtp first 7}
    xc7a200tfbg484-3      {family 7series     blocks X0Y0 quads {} generation 2 lanes 4  kind gtp first 7}
    xc7k325tffg900-2      {family 7series     blocks X0Y0 quads {} generation 2 lanes 8  kind gtx first 7}
    xcku040-ffva1156-2-e  {family ultrascale  blocks {X0Y0 X0Y1 X0Y2} quads {GTH_Quad_224 GTH_Quad_225 GTH_Quad_226 GTH_Quad_227 GTH_Quad_228} generation 3 lanes 8}
    xcku5p-ffvb676-2-e    {family ultrascale+ blocks {X0Y0} quads {GTY_Quad_224 GTY_Quad_225 GTY_Quad_226 GTY_Quad_227} generation 3 lanes 16}
    xcu50-fsvh2104-2-e    {family ultrascale+ blocks {PCIE4C_X1Y0 PCIE4C_X1Y1 X0Y0} quads {GTY_Quad_224 GTY_Quad_225 GTY_Quad_226 GTY_Quad_227} generation 3 lanes 16}
    xcu200-fsgd2104-2-e   {family ultrascale+ blocks {X1Y0 X1Y2 X1Y4 X0Y1 X0Y3 X0Y5} quads {GTY_Quad_224 GTY_Quad_225 GTY_Quad_226 GTY_Quad_227 GTY_Quad_228} generation 3 lanes 16}
    xcu250-figd2104-2L-e  {family ultrascale+ blocks {X1Y0 X1Y2 X1Y4 X0Y1 X0Y3} quads {GTY_Quad_224 GTY_Quad_225 GTY_Quad_226 GTY_Quad_227 GTY_Quad_228} generation 3 lanes 16}
    xcvu9p-flga2104-2L-e  {family ultrascale+ blocks {X1Y0 X1Y2 X1Y4 X0Y1 X0Y3 X0Y5} quads {GTY_Quad_224 GTY_Quad_225 GTY_Quad_226 GTY_Quad_227 GTY_Quad_228} generation 3 lanes 16}
}

# The package of a part: xc7a200tfbg484-2 and xcku5p-ffvb676-2-e.
proc stub_package {part} {
    if {[regexp {^xc7.*t([a-z]+\d+)-} $part -> package]} { return xc7/$package }
    return [lindex [split $part -] 1]
}

# pins.csv: package, pin, function (MGTREFCLK.., IO), bank, input-output type (GT, HP, HR, HD), source
proc stub_read_pins {} {
    global stub_here stub_pins
    set file [open [file join $stub_here pins.csv]]
    gets $file
    while {[gets $file line] >= 0} {
        lassign [split $line ,] package pin function bank type
        dict set stub_pins $package $pin [list $function $bank $type]
    }
    close $file
}
set stub_pins {}
stub_read_pins

proc stub_installed {} {
    global stub_parts
    return [stub_env STUB_PARTS [dict keys $stub_parts]]
}

proc get_parts {args} {
    lassign [stub_options get_parts $args {-quiet 0}] options names
    set pattern [lindex $names 0]
    set found [lsearch -all -inline [stub_installed] [expr {$pattern eq "" ? "*" : $pattern}]]
    if {[llength $found] == 0 && ![dict exists $options -quiet]} {
        stub_error "no parts match $pattern"
    }
    return $found
}

proc version {args} {
    if {$args ne "-short"} { stub_error "version $args is not imitated" }
    return [stub_env STUB_VERSION 2022.1]
}
