//! Networks for the Ember engine: layouts, model files, import, quantisation, the integer reference,
//! the fast software path and the compiler to engine programs.


pub mod classify;
pub mod engine;
pub mod fast;
pub mod files;
pub mod image;
pub mod interface;
pub mod layout;
pub mod model;
pub mod model_file;
pub mod preprocess;
pub mod random;
pub mod reference;
