//! What a training leaves to be looked at.

