//! What goes through the array with each pixel.

record! {
    /// A pixel's token. Later stages act on it and on the layer's static fields, and count no cycles. `swap_weights` and
    /// `swap_constants` also count on a token that is not valid (the stem's first words of a row).
    Token "token" "token", 1 beats of 16 bits;
    fixed { reserved = 0 [15:13] 0, "0"; }
    fields {
        valid: bool = 0 [0], "a pixel is here";
        first_pass: bool = 0 [1], "first pass of the reduction";
        last_pass: bool = 0 [2], "last pass of the reduction";
        swap_weights: bool = 0 [3], "first of a pass: swap weights";
        swap_constants: bool = 0 [4], "first of a block: swap requantisation constants";
        last: bool = 0 [5], "last of the layer";
        left: bool = 0 [6], "at the left edge: masks window taps";
        right: bool = 0 [7], "at the right edge";
        top: bool = 0 [8], "at the top edge";
        bottom: bool = 0 [9], "at the bottom edge";
        padding: bool = 0 [10], "padding: the pixel is zero";
        part: u8 = 0 [12:11], "part (quarter, or half) of the source row that is read";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_these_bits() {
        let none = Token::decode(&[0]);
        assert_eq!(none.encode(), [0]);
        assert_eq!(Token { valid: true, last_pass: true, left: true, padding: true, part: 3, ..none }.encode(), [0x1C45]);
        assert_eq!(Token { swap_weights: true, swap_constants: true, last: true, bottom: true, ..none }.encode(), [0x238]);
        assert!(Token::wrong(&[0x1FFF]).is_none() && Token::wrong(&[0x2000]).is_some());
    }
}
