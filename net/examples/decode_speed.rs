//! Milliseconds to decode and resize each image file on one thread, as JSON on standard output.
//!
//! `decode_speed REPETITIONS FILE...`: the files are read before the clock starts, and what is timed ends with the input of
//! SqueezeNet v1.1 (227x227x3 bytes). `net/benches/pillow.py` runs it in turn with Pillow.

use net::photo;
use net::photo::Preprocessing;
use std::path::PathBuf;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let repetitions: usize = arguments.next().ok_or("give the number of repetitions, then image files")?.parse()?;
    let files: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
    let encoded: Vec<Vec<u8>> = files.iter().map(std::fs::read).collect::<Result<_, _>>()?;
    let preprocessing = Preprocessing::standard(227, 227);
    let (mut decode, mut resize) = (Vec::new(), Vec::new());
    for _ in 0..repetitions {
        for (name, bytes) in files.iter().zip(&encoded) {
            let start = Instant::now();
            let image = photo::decode(name, bytes)?;
            let decoded = Instant::now();
            let input = preprocessing.apply(&image, 227, 227);
            resize.push(format!("{:.4}", decoded.elapsed().as_secs_f64() * 1e3));
            decode.push(format!("{:.4}", (decoded - start).as_secs_f64() * 1e3));
            std::hint::black_box(input);
        }
    }
    println!("{{\"decode\": [{}],\n \"resize\": [{}]}}", decode.join(", "), resize.join(", "));
    Ok(())
}
