//! Images a second of a batch of 227x227 pixels on the software path: `cargo run --release -p ember --example batch_rate -- IMAGES`. What
//! `python/benchmarks/batch_rate.py` compares Python with.

use ember::{Image, Model, Options, Pixels};
use std::sync::Arc;
use std::time::Instant;

/// One image of the batch, in the memory of all.
struct Part {
    batch: Arc<Vec<u8>>,
    from: usize,
    length: usize,
}

impl AsRef<[u8]> for Part {
    fn as_ref(&self) -> &[u8] {
        &self.batch[self.from..][..self.length]
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count: usize = std::env::args().nth(1).unwrap_or_else(|| "200".into()).parse()?;
    let model = Model::embedded();
    let classifier = ember::open("software", &model, &Options::default())?;
    let [height, width, _] = model.input_shape();
    let length = height * width * 3;
    let batch: Arc<Vec<u8>> = Arc::new((0..count * length).map(|i| (i % 251) as u8).collect());
    let images = || (0..count).map(|i| Image::from(Pixels::new(Part { batch: batch.clone(), from: i * length, length }, height, width)));
    // whatever is done once
    classifier.classify_batch(images().take(20));
    let start = Instant::now();
    let results = classifier.classify_batch(images());
    let seconds = start.elapsed().as_secs_f64();
    for result in results {
        result?;
    }
    println!("{}", count as f64 / seconds);
    Ok(())
}
