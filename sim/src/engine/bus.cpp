// Drives the engine's three AXI ports inside the shared object, so that whole frames run without a
// call a cycle. src/engine/bus.rs mirrors `Bus`; keep the two in step.
//
// A cycle: drive the inputs, let the logic settle with the clock low, look at every handshake and
// hold the outputs against the protocol, then raise the clock.

namespace {

enum Channel : uint32_t { S_AXIS, M_AXIS, AW, W, B, AR, R, CHANNELS };

enum Rule : uint32_t { KEPT = 0, VALID_DROPPED, PAYLOAD_CHANGED, UNASKED_RESPONSE, VALID_IN_RESET };

enum Outcome : int { STOPPED = -1, REACHED = 0, CYCLES_OVER = 1, BUFFER_FULL = 2, VIOLATION = 3 };

// What is still owed in an AXI4-Lite transaction.
enum Owed : uint32_t { ADDRESS = 1, DATA = 2, RESPONSE = 4 };

// The end of a received packet: beats received up to and with it, and the cycle of its last beat.
struct PacketEnd {
    uint64_t beats;
    uint64_t cycle;
};

// Random pauses of one channel: for a while it pauses with one probability, then with another.
struct Stall {
    uint32_t left;       // cycles until the next draw
    uint32_t threshold;  // pauses when a random byte is below it
};

struct Bus {
    const uint64_t* send;
    uint64_t send_length;
    uint64_t sent;
    uint64_t* receive;
    uint64_t receive_capacity;
    uint64_t received;
    PacketEnd* ends;
    uint64_t ends_capacity;
    uint64_t ended;
    // Return when all of these hold.
    uint64_t want_sent;
    uint64_t want_ended;
    uint32_t want_lite_idle;
    // AXI4-Lite: at most one write and one read under way.
    uint32_t write_owed;
    uint32_t write_address;
    uint32_t write_data;
    uint32_t write_response;
    uint32_t read_owed;
    uint32_t read_address;
    uint32_t read_data;
    uint32_t read_response;
    // Statistics.
    uint64_t cycle;
    uint64_t last_progress;
    uint64_t frames_taken;
    uint64_t results_sent;
    uint64_t busy_cycles;
    // Random pauses and, on idle payloads, random garbage.
    uint64_t random;
    uint32_t stalls;
    uint32_t forgive_output;  // a soft reset is under way: m_axis may break off
    Stall stall[CHANNELS];
    // What the engine's outputs were held at while they waited, and our own valids.
    uint64_t m_data;
    uint32_t m_waiting;
    uint32_t m_last;
    uint32_t b_waiting;
    uint32_t b_payload;
    uint32_t r_waiting;
    uint32_t r_payload;
    uint32_t r_data;
    uint32_t s_valid;
    uint32_t aw_valid;
    uint32_t w_valid;
    uint32_t ar_valid;
    // The first broken rule.
    uint32_t broken_rule;
    uint32_t broken_channel;
    uint32_t unused;
};

inline uint64_t draw(Bus& bus) {  // SplitMix64
    uint64_t z = (bus.random += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

inline bool pauses(Bus& bus, Channel channel) {
    if (!bus.stalls) return false;
    Stall& stall = bus.stall[channel];
    const uint64_t bits = draw(bus);
    if (stall.left == 0) {
        static const uint32_t thresholds[8] = {0, 0, 16, 64, 128, 192, 240, 250};
        stall.threshold = thresholds[bits >> 61];
        stall.left = 1 + (bits >> 40 & 255);
    }
    --stall.left;
    return (bits & 255) < stall.threshold;
}

inline void broken(Bus& bus, Channel channel, Rule rule) {
    if (bus.broken_rule != KEPT) return;
    bus.broken_rule = rule;
    bus.broken_channel = channel;
}

// Valid, once raised, stays with the same payload until it is taken.
inline void hold(Bus& bus, Channel channel, bool was_waiting, bool valid, bool same) {
    if (!was_waiting) return;
    if (!valid) broken(bus, channel, VALID_DROPPED);
    else if (!same) broken(bus, channel, PAYLOAD_CHANGED);
}

// AXI4-Lite is idle nearly always; apart, it keeps the stream's loop short.
struct LiteReady {
    bool b;
    bool r;
};

LiteReady drive_lite(Vshim& top, Bus& bus) {
    bus.aw_valid |= (bus.write_owed & ADDRESS) && !pauses(bus, AW);
    bus.w_valid |= (bus.write_owed & DATA) && !pauses(bus, W);
    bus.ar_valid |= (bus.read_owed & ADDRESS) && !pauses(bus, AR);
    const LiteReady ready = {!pauses(bus, B), !pauses(bus, R)};
    top.s_axil_awvalid = bus.aw_valid;
    top.s_axil_wvalid = bus.w_valid;
    top.s_axil_arvalid = bus.ar_valid;
    top.s_axil_bready = ready.b;
    top.s_axil_rready = ready.r;
    const uint64_t garbage = bus.stalls ? draw(bus) : 0;
    top.s_axil_awaddr = (bus.aw_valid ? bus.write_address : garbage) & 0xFFF;
    top.s_axil_araddr = (bus.ar_valid ? bus.read_address : garbage >> 12) & 0xFFF;
    top.s_axil_wdata = bus.w_valid ? bus.write_data : garbage >> 24;
    top.s_axil_wstrb = bus.w_valid ? 0xF : garbage >> 56 & 0xF;
    return ready;
}

void check_lite(const Vshim& top, Bus& bus, LiteReady ready) {
    const uint32_t owed_write = bus.write_owed;
    const uint32_t owed_read = bus.read_owed;
    if (bus.aw_valid && top.s_axil_awready) bus.aw_valid = 0, bus.write_owed &= ~ADDRESS, bus.last_progress = bus.cycle;
    if (bus.w_valid && top.s_axil_wready) bus.w_valid = 0, bus.write_owed &= ~DATA, bus.last_progress = bus.cycle;
    if (bus.ar_valid && top.s_axil_arready) bus.ar_valid = 0, bus.read_owed &= ~ADDRESS, bus.last_progress = bus.cycle;

    const bool b_valid = top.s_axil_bvalid;
    const bool r_valid = top.s_axil_rvalid;
    hold(bus, B, bus.b_waiting, b_valid, bus.b_payload == top.s_axil_bresp);
    hold(bus, R, bus.r_waiting, r_valid, bus.r_data == top.s_axil_rdata && bus.r_payload == top.s_axil_rresp);
    if (b_valid && owed_write != RESPONSE) broken(bus, B, UNASKED_RESPONSE);
    if (r_valid && owed_read != RESPONSE) broken(bus, R, UNASKED_RESPONSE);
    bus.b_waiting = b_valid && !ready.b;
    bus.b_payload = top.s_axil_bresp;
    bus.r_waiting = r_valid && !ready.r;
    bus.r_payload = top.s_axil_rresp;
    bus.r_data = top.s_axil_rdata;
    if (b_valid && ready.b) {
        bus.write_owed = 0;
        bus.write_response = top.s_axil_bresp;
        bus.last_progress = bus.cycle;
    }
    if (r_valid && ready.r) {
        bus.read_owed = 0;
        bus.read_response = top.s_axil_rresp;
        bus.read_data = top.s_axil_rdata;
        bus.last_progress = bus.cycle;
    }
}

void one_cycle(Handle& handle, Bus& bus) {
    Vshim& top = handle.top;
    const LiteReady lite_ready = drive_lite(top, bus);
    bus.s_valid |= bus.sent < bus.send_length && !pauses(bus, S_AXIS);
    const bool m_ready = !pauses(bus, M_AXIS);
    top.s_axis_tvalid = bus.s_valid;
    top.s_axis_tdata = bus.s_valid ? bus.send[bus.sent] : bus.stalls ? draw(bus) : 0;
    top.m_axis_tready = m_ready;

    handle.settle();

    if (bus.s_valid && top.s_axis_tready) {
        bus.s_valid = 0;
        ++bus.sent;
        bus.last_progress = bus.cycle;
    }
    const bool m_valid = top.m_axis_tvalid;
    if (!bus.forgive_output) {
        hold(bus, M_AXIS, bus.m_waiting, m_valid, bus.m_data == top.m_axis_tdata && bus.m_last == top.m_axis_tlast);
    }
    bus.m_waiting = m_valid && !m_ready;
    bus.m_data = top.m_axis_tdata;
    bus.m_last = top.m_axis_tlast;
    if (m_valid && m_ready) {
        bus.receive[bus.received++] = bus.m_data;
        if (bus.m_last) bus.ends[bus.ended++] = {bus.received, bus.cycle};
        bus.last_progress = bus.cycle;
    }
    check_lite(top, bus, lite_ready);
    bus.frames_taken += top.frame_taken;
    bus.results_sent += top.result_sent;
    bus.busy_cycles += top.busy;

    handle.edge();
    ++bus.cycle;
}

}  // namespace

// Runs until everything wanted has come, at most `cycles` cycles.
SHIM_EXPORT int bus_run(Handle* handle, Bus* bus, uint64_t cycles) {
    int outcome = CYCLES_OVER;
    const int stopped = handle->guarded([&] {
        for (uint64_t i = 0;; ++i) {
            if (bus->broken_rule != KEPT) {
                outcome = VIOLATION;
                return;
            }
            const bool lite_done = !bus->want_lite_idle || (bus->write_owed | bus->read_owed) == 0;
            if (bus->sent >= bus->want_sent && bus->ended >= bus->want_ended && lite_done) {
                outcome = REACHED;
                return;
            }
            if (i == cycles) return;
            if (bus->received == bus->receive_capacity || bus->ended == bus->ends_capacity) {
                outcome = BUFFER_FULL;
                return;
            }
            one_cycle(*handle, *bus);
        }
    });
    return stopped ? STOPPED : outcome;
}

// Holds reset for `cycles` cycles, with idle inputs; afterwards no valid of the engine may be high.
SHIM_EXPORT int bus_reset(Handle* handle, Bus* bus, uint64_t cycles) {
    const int stopped = handle->guarded([&] {
        Vshim& top = handle->top;
        bus->s_valid = bus->aw_valid = bus->w_valid = bus->ar_valid = 0;
        bus->m_waiting = bus->b_waiting = bus->r_waiting = 0;
        bus->write_owed = bus->read_owed = 0;
        top.s_axis_tvalid = top.s_axil_awvalid = top.s_axil_wvalid = top.s_axil_arvalid = 0;
        top.m_axis_tready = top.s_axil_bready = top.s_axil_rready = 0;
        top.reset_n = 0;
        for (uint64_t i = 0; i < cycles; ++i, ++bus->cycle) handle->step();
        if (top.m_axis_tvalid) broken(*bus, M_AXIS, VALID_IN_RESET);
        if (top.s_axil_bvalid) broken(*bus, B, VALID_IN_RESET);
        if (top.s_axil_rvalid) broken(*bus, R, VALID_IN_RESET);
        top.reset_n = 1;
        bus->last_progress = bus->cycle;
    });
    return stopped ? STOPPED : bus->broken_rule != KEPT ? VIOLATION : REACHED;
}

SHIM_EXPORT uint64_t bus_size() { return sizeof(Bus); }
