//! Results out of the engine, from the bytes of one page: [`contract::packet`] takes them apart.

pub use contract::packet::{Damage, ResultPacket};

#[cfg(test)]
mod tests {
    use super::ResultPacket;

    #[test]
    fn the_largest_result_fits_a_page() {
        let largest = ResultPacket { sequence: 1, program_hash: 2, cycles: 3, sums: vec![0xFF_FFFF; 1024] };
        let bytes = largest.to_bytes();
        assert!(bytes.len() <= xdma::PAGE, "{} bytes", bytes.len());
        assert_eq!(ResultPacket::parse(&bytes), Ok(largest));
    }
}
