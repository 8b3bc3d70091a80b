//! The engine's modules, one a file. docs/architecture.md shows how they fit together.
//!
//! In a pipeline, `token_1` is what `token` was a cycle before, `token_2` two cycles before. A number at the end also counts the elements of an
//! array (`tap[3]` is `tap_3` in the Verilog), so no array has a delayed brother of its name.

pub mod array;
pub mod booth_digit;
pub mod column;
pub mod delay;
pub mod deskew;
pub mod engine;
pub mod feed;
pub mod group;
pub mod lane;
pub mod larger;
pub mod late_sum;
pub mod offset_binary;
pub mod output;
pub mod packed_group;
pub mod packed_skew;
pub mod pair_add;
pub mod pair_cell;
pub mod pair_column_e1;
pub mod pair_column_e2;
pub mod pair_foot;
pub mod pair_ports;
pub mod pair_split;
pub mod pixel_sum;
pub mod pool_control;
pub mod pool_quad;
pub mod read_stage;
pub mod registers;
pub mod reset_control;
pub mod result_crc;
pub mod scanner;
pub mod scatter;
pub mod sender;
pub mod sequencer;
pub mod short_fifo;
pub mod signature;
pub mod signature_fold;
pub mod skew;
pub mod slice_number;
pub mod stem;
pub mod stream_in;
pub mod sum_control;
pub mod sum_quad;
pub mod table_loader;
pub mod tail;
pub mod token_delay;
pub mod trace_reader;
pub mod weight_bytes;
pub mod weight_loader;
pub mod window;
pub mod word_bytes;
pub mod write_control;
