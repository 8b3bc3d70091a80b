//! What both sides of the hardware border agree on, each declared once as data: the sizes of an engine, its ports,
//! packets and registers. RTL, simulation, compiler, driver, the pages of `docs/` and the C header come from here.

pub mod engine;
pub mod interface;
pub mod registers;
