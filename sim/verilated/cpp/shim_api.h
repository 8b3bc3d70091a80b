// The C interface of every shim; src/model.rs declares the same functions.

// Verilator's runtime calls these where it would otherwise end the process (VL_USER_*).
void vl_finish(const char* file, int line, const char*) {
    throw ShimStop{std::string("$finish in ") + file + ":" + std::to_string(line)};
}
void vl_stop(const char* file, int line, const char*) {
    throw ShimStop{std::string("$stop in ") + file + ":" + std::to_string(line)};
}
void vl_fatal(const char* file, int line, const char*, const char* message) {
    throw ShimStop{std::string(message && *message ? message : "fatal error") + " (" + (file ? file : "") + ":" + std::to_string(line) + ")"};
}

// A new model, or null with the reason in `message` when its initial state cannot be reached.
SHIM_EXPORT Handle* shim_new(char* message, uint64_t capacity) {
    try {
        return new Handle;
    } catch (const ShimStop& stop) {
        std::snprintf(message, capacity, "%s", stop.message.c_str());
    } catch (const std::exception& other) {
        std::snprintf(message, capacity, "%s", other.what());
    }
    return nullptr;
}

SHIM_EXPORT void shim_free(Handle* handle) { delete handle; }

// Writes all inputs from the block, settles the logic without a clock, reads all outputs back.
SHIM_EXPORT int shim_eval(Handle* handle, uint32_t* block) {
    return handle->guarded([=] {
        shim_write(handle->top, block);
        handle->top.eval();
        shim_read(handle->top, block);
    });
}

// Writes all inputs from the block, runs `cycles` clock cycles, reads all outputs after the last edge.
SHIM_EXPORT int shim_clock(Handle* handle, uint32_t* block, uint64_t cycles) {
    return handle->guarded([=] {
        shim_write(handle->top, block);
        for (uint64_t i = 0; i < cycles; ++i) handle->step();
        shim_read(handle->top, block);
    });
}

SHIM_EXPORT uint64_t shim_cycle(const Handle* handle) { return handle->cycle; }

// Why the last call failed; valid until the next one.
SHIM_EXPORT const char* shim_error(const Handle* handle) { return handle->error.c_str(); }

// Asks for a waveform of cycles `from` to `to` (exclusive). 2 when waveforms are not compiled in.
SHIM_EXPORT int shim_trace(Handle* handle, const char* path, uint64_t from, uint64_t to) {
#if VM_TRACE_FST
    return handle->guarded([=] {
        handle->wave.close();
        handle->wave_path = path;
        handle->wave_from = from;
        handle->wave_to = to;
    });
#else
    (void)handle, (void)path, (void)from, (void)to;
    return 2;
#endif
}
