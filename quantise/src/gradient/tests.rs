use super::*;
use crate::equalise::convolutions_mut;
use crate::random_float;
use crate::runtime::FloatEngine;
use ndarray::Array3;
use rand::Rng;

/// `ln(probability of class)` and what a step of one weight changes it by, by central differences.
fn likelihood(network: &FloatNetwork, layers: &[Layer], image: &Array3<u8>, class: usize) -> f64 {
    softmax(&logits(&forward(network, layers, image.view())))[class].ln()
}

#[test]
fn gradients_are_those_of_finite_differences() {
    let (mut compared, mut off) = (0, Vec::new());
    for seed in 0..24 {
        println!("seed {seed}");
        let (mut network, mut rng) = random_float::network(seed);
        let layers = network.layout.layers().expect("possible");
        let image = Array3::from_shape_fn((network.layout.height, network.layout.width, 3), |_| rng.random());
        let class = rng.random_range(0..network.layout.classifier.classes);
        let all = forward(&network, &layers, image.view());
        let gradients = Backward::new(&network, &layers).gradients(&all, class);
        assert_eq!(gradients.len(), layers.len() - 1);
        for i in 1..layers.len() {
            let input = all[i - 1].output().clone();
            let count = convolutions_mut(&mut network, &layers[i]).len();
            for half in 0..count {
                let (outputs, inputs, kernel, _) = convolutions_mut(&mut network, &layers[i])[half].weights.dim();
                let padding = if layers[i].kind == LayerKind::Classifier { network.layout.classifier.padding } else { kernel / 2 };
                for _ in 0..6 {
                    let (o, c) = (rng.random_range(0..outputs), rng.random_range(0..inputs));
                    let (ky, kx) = (rng.random_range(0..kernel), rng.random_range(0..kernel));
                    let gradient = gradients[i - 1].index_axis(Axis(0), half * outputs + o);
                    let analytic: f64 = gradient
                        .indexed_iter()
                        .map(|((y, x), &g)| {
                            let value = input.get([c, (y + ky).wrapping_sub(padding), (x + kx).wrapping_sub(padding)]);
                            f64::from(g) * f64::from(value.copied().unwrap_or(0.0))
                        })
                        .sum();
                    let mut moved = |step: f32| {
                        convolutions_mut(&mut network, &layers[i])[half].weights[[o, c, ky, kx]] += step;
                        let found = likelihood(&network, &layers, &image, class);
                        convolutions_mut(&mut network, &layers[i])[half].weights[[o, c, ky, kx]] -= step;
                        found
                    };
                    let step = 1.0 / 512.0;
                    let numeric = (moved(step) - moved(-step)) / (2.0 * f64::from(step));
                    compared += 1;
                    if (analytic - numeric).abs() > 2e-3 + 0.02 * numeric.abs() {
                        off.push((seed, layers[i].name.clone(), half, analytic, numeric));
                    }
                }
            }
        }
    }
    // a step that carries a sum over the kink of a ReLU or past another maximum of a pool shows a slope between two
    assert!(compared > 400 && off.len() * 50 < compared, "{} of {compared}: {off:?}", off.len());
}

#[test]
fn the_way_forward_is_the_runtimes() {
    for seed in 30..50 {
        println!("seed {seed}");
        let (network, mut rng) = random_float::network(seed);
        let layers = network.layout.layers().expect("possible");
        let image = Array3::from_shape_fn((network.layout.height, network.layout.width, 3), |_| rng.random());
        let expected = FloatEngine::new(&network).expect("the runtime takes it").run(image.view()).expect("it fits");
        for (found, expected) in forward(&network, &layers, image.view()).iter().zip(&expected) {
            let most = expected.iter().fold(1e-3f32, |most, v| most.max(*v));
            assert!(found.output().iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-4 * most));
        }
    }
}
