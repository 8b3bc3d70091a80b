//! Which photographs are for training and which for validation.

use crate::random::{random, Use};
use rand::seq::SliceRandom;

/// Places in a list of photographs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// To learn from, ascending.
    pub training: Vec<usize>,
    /// To measure on, ascending.
    pub validation: Vec<usize>,
}

/// Draws `share` of every class's photographs for validation: at least one where a class has two or more, never all.
pub fn stratified(classes: &[usize], count: usize, share: f64, seed: u64) -> Split {
    let mut split = Split::default();
    for class in 0..count {
        let mut of_class: Vec<usize> = (0..classes.len()).filter(|&i| classes[i] == class).collect();
        let most = of_class.len().saturating_sub(1);
        let wanted = ((of_class.len() as f64 * share).round() as usize).clamp(usize::from(most > 0 && share > 0.0), most);
        of_class.shuffle(&mut random(seed, Use::Split, [class, 0]));
        split.validation.extend(&of_class[..wanted]);
        split.training.extend(&of_class[wanted..]);
    }
    split.training.sort_unstable();
    split.validation.sort_unstable();
    split
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_gives_its_share_and_keeps_one() {
        let classes: Vec<usize> = [vec![0; 50], vec![1; 1], vec![2; 2], vec![3; 10]].concat();
        let split = stratified(&classes, 4, 0.2, 7);
        let count = |of: &[usize], class: usize| of.iter().filter(|&&i| classes[i] == class).count();
        assert_eq!([0, 1, 2, 3].map(|c| count(&split.validation, c)), [10, 0, 1, 2]);
        assert_eq!([0, 1, 2, 3].map(|c| count(&split.training, c)), [40, 1, 1, 8]);
        let mut all = [split.training.clone(), split.validation.clone()].concat();
        all.sort_unstable();
        assert_eq!(all, (0..63).collect::<Vec<_>>());
        assert_eq!(split, stratified(&classes, 4, 0.2, 7));
        assert_ne!(split, stratified(&classes, 4, 0.2, 8));
        assert!(stratified(&classes, 4, 0.0, 7).validation.is_empty());
    }
}
