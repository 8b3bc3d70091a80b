//! The Cholesky factor of a small symmetric matrix, and solutions with it.
//!
//! Plain loops: matrices have at most some hundred rows, and the result must have the same bits on every machine,
//! which a library that picks instructions at run time does not promise.

use ndarray::{Array2, ArrayView1};

/// `L`, lower triangular, with `L L^T = matrix`; `None` if the matrix is not positive definite. Only the lower half of `matrix` is read.
pub fn factor(matrix: &Array2<f64>) -> Option<Array2<f64>> {
    let n = matrix.nrows();
    let mut lower = Array2::<f64>::zeros((n, n));
    for i in 0..n {
        for j in 0..=i {
            let rest = matrix[[i, j]] - dot(lower.row(i), lower.row(j), j);
            if i != j {
                lower[[i, j]] = rest / lower[[j, j]];
            } else if rest > 0.0 {
                lower[[i, i]] = rest.sqrt();
            } else {
                return None;
            }
        }
    }
    Some(lower)
}

/// `x` with `L L^T x = right`.
pub fn solve(lower: &Array2<f64>, right: ArrayView1<f64>) -> Vec<f64> {
    let n = lower.nrows();
    let mut x = right.to_vec();
    for i in 0..n {
        let known: f64 = (0..i).map(|j| lower[[i, j]] * x[j]).sum();
        x[i] = (x[i] - known) / lower[[i, i]];
    }
    for i in (0..n).rev() {
        x[i] /= lower[[i, i]];
        let value = x[i];
        (0..i).for_each(|j| x[j] -= lower[[i, j]] * value);
    }
    x
}

/// The product of the first `n` entries, in four sums that a compiler can run side by side.
fn dot(a: ArrayView1<f64>, b: ArrayView1<f64>, n: usize) -> f64 {
    let (Some(a), Some(b)) = (a.to_slice(), b.to_slice()) else { return (0..n).map(|i| a[i] * b[i]).sum() };
    let mut sums = [0.0; 8];
    let (a, b) = (a[..n].chunks_exact(8), b[..n].chunks_exact(8));
    let rest: f64 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a.zip(b) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array1;
    use rand::{rngs::StdRng, Rng, SeedableRng};

    #[test]
    fn factor_and_solution_of_random_matrices() {
        for seed in 0..8 {
            let mut rng = StdRng::seed_from_u64(seed);
            let n = rng.random_range(1..50);
            let root = Array2::from_shape_fn((n, n + 3), |_| rng.random_range(-1.0..1.0));
            let matrix = root.dot(&root.t()) + Array2::<f64>::eye(n);
            let lower = factor(&matrix).expect("positive definite");
            assert!((&lower.dot(&lower.t()) - &matrix).iter().all(|e| e.abs() < 1e-12 * n as f64), "seed {seed}");
            let x = Array1::from_shape_fn(n, |_| rng.random_range(-1.0..1.0));
            let found = solve(&lower, matrix.dot(&x).view());
            assert!(found.iter().zip(&x).all(|(a, b)| (a - b).abs() < 1e-9), "seed {seed}");
        }
    }

    #[test]
    fn an_indefinite_matrix_has_no_factor() {
        assert_eq!(factor(&ndarray::arr2(&[[1.0, 2.0], [2.0, 1.0]])), None);
        assert_eq!(factor(&ndarray::arr2(&[[f64::NAN]])), None);
    }
}
