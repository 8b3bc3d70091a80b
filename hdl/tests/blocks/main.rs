//! Blocks one by one, in Rust and in Verilog in step, and where it is short against a model of their own: a file a block, as in
//! the source. `registry` holds that no block is without such a test, here or in the files beside this folder.

#[path = "../pair/mod.rs"]
#[macro_use]
mod pair;

mod array;
mod beat_join;
mod below_limit;
mod copies;
mod delay;
mod deskew;
mod dual_clock_ram;
mod engine;
mod entry_wave;
mod fifo_read;
mod fifo_write;
mod host;
mod larger_byte;
mod lite_master;
mod lite_slave;
mod output;
mod packet_fifo;
mod port_lists;
mod port_reset;
mod registry;
mod reset_control;
mod reset_side;
mod result_crc;
mod sequencer;
mod shell;
mod signature;
mod signature_fold;
mod synchroniser;
mod tail;
mod weight_bytes;
