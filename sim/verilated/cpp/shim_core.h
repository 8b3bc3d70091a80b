// The fixed part of every shim: one Verilated model with its clock.
// The generated part before it defines `shim_set_clock`, `shim_write` and `shim_read`.
#pragma once
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>

#include "verilated.h"
#include "Vshim.h"
#if VM_TRACE_FST
#include "verilated_fst_c.h"
#endif

#define SHIM_EXPORT extern "C" __attribute__((visibility("default")))

// The model ended itself: $stop, $finish, $fatal, or logic that does not settle.
struct ShimStop {
    std::string message;
};

// Generated for each design.
static inline void shim_set_clock(Vshim& top, int level);
static inline void shim_write(Vshim& top, const uint32_t* block);
static inline void shim_read(const Vshim& top, uint32_t* block);

struct Handle {
    VerilatedContext context;
    Vshim top;
    uint64_t cycle = 0;  // rising edges so far
    std::string error;   // why the last call failed
#if VM_TRACE_FST
    VerilatedFstC wave;
    std::string wave_path;
    uint64_t wave_from = 0;
    uint64_t wave_to = 0;  // one past the last cycle; 0: no waveform is wanted
#endif

    Handle() : top{&context, "TOP"} {
#if VM_TRACE_FST
        context.traceEverOn(true);
#endif
        top.eval();
    }

    ~Handle() {
        try {
#if VM_TRACE_FST
            wave.close();
#endif
            top.final();
        } catch (const ShimStop&) {  // a $stop in a final block has nobody left to tell
        }
    }

    // Lets the clock fall and the logic settle on the inputs: outputs are what a rising edge would see.
    inline void settle() {
        shim_set_clock(top, 0);
        top.eval();
#if VM_TRACE_FST
        dump(2 * cycle);
#endif
    }

    // The rising edge.
    inline void edge() {
        shim_set_clock(top, 1);
        top.eval();
#if VM_TRACE_FST
        dump(2 * cycle + 1);
#endif
        ++cycle;
    }

    inline void step() {
        settle();
        edge();
    }

#if VM_TRACE_FST
    // A waveform is open only within its window of cycles: idle it would still cost.
    void dump(uint64_t time) {
        if (wave_to == 0 || cycle < wave_from) return;
        if (cycle >= wave_to) {
            wave.close();
            wave_to = 0;
            return;
        }
        if (!wave.isOpen()) {
            top.trace(&wave, 99);
            wave.open(wave_path.c_str());
            if (!wave.isOpen()) throw ShimStop{"cannot write " + wave_path};
        }
        wave.dump(time);
    }
#endif

    // Runs `body`; 0 when it came through, 1 with `error` set when the model ended itself.
    template <typename Body>
    int guarded(Body body) {
        try {
            body();
            return 0;
        } catch (const ShimStop& stop) {
            error = stop.message;
        } catch (const std::exception& other) {
            error = other.what();
        }
        return 1;
    }
};
