//! Stochastic gradient descent with momentum and weight decay, and how its rate falls.

use candle_core::backprop::GradStore;
use candle_core::{DType, Result, Tensor, Var};
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;
use std::fmt;
use std::str::FromStr;

/// `v = momentum v + (gradient + decay (w - w0))`, `w = w - rate v`: Sutskever et al., ICML 2013, in the form that PyTorch has. `w0` is 0, or
/// where a trained network is begun with its weights: what it knows is not forgotten for the sake of small weights (L2-SP of Li et al., arXiv
/// 1802.01483).
pub struct Sgd {
    /// Share of the velocity that is kept.
    pub momentum: f64,
    /// Share of a weight's distance from where it decays to that is added to its gradient.
    pub weight_decay: f64,
    /// Longest that the gradient of all variables together may be; 0: any. Longer ones are shortened (Pascanu et al., arXiv 1211.5063).
    pub clip: f64,
    /// What weights decay to, one a variable; nothing: 0.
    towards: Option<Vec<Tensor>>,
    /// One a variable.
    velocities: Vec<Tensor>,
}

impl Sgd {
    /// At rest.
    ///
    /// # Errors
    /// The framework.
    pub fn new(momentum: f64, weight_decay: f64, variables: &[(String, &Var)]) -> Result<Self> {
        let velocities = variables.iter().map(|(_, var)| var.zeros_like()).collect::<Result<_>>()?;
        Ok(Self { momentum, weight_decay, clip: 0.0, towards: None, velocities })
    }

    /// Lets weights decay to `towards`, one a variable.
    pub fn decay_towards(&mut self, towards: Vec<Tensor>) {
        self.towards = Some(towards);
    }

    /// The velocities, in the order of the variables.
    pub fn velocities(&self) -> &[Tensor] {
        &self.velocities
    }

    /// Takes over the velocities of an earlier run, one a variable.
    pub fn set_velocities(&mut self, velocities: Vec<Tensor>) {
        self.velocities = velocities;
    }

    /// What gradients are multiplied by.
    fn shortened(&self, variables: &[(String, &Var)], gradients: &GradStore) -> Result<f64> {
        if self.clip <= 0.0 {
            return Ok(1.0);
        }
        let mut square = 0.0;
        for gradient in variables.iter().filter_map(|(_, var)| gradients.get(var.as_tensor())) {
            square += gradient.sqr()?.sum_all()?.to_dtype(DType::F64)?.to_scalar::<f64>()?;
        }
        Ok((self.clip / square.sqrt().max(f64::MIN_POSITIVE)).min(1.0))
    }

    /// One step.
    ///
    /// # Errors
    /// The framework.
    pub fn step(&mut self, variables: &[(String, &Var)], gradients: &GradStore, rate: f64) -> Result<()> {
        let shortened = self.shortened(variables, gradients)?;
        for (i, ((_, var), velocity)) in variables.iter().zip(&mut self.velocities).enumerate() {
            let Some(gradient) = gradients.get(var.as_tensor()) else { continue };
            let distance = match self.towards.as_ref().and_then(|towards| towards.get(i)) {
                Some(start) => (var.as_tensor().detach() - start)?,
                None => var.as_tensor().detach(),
            };
            let pull = ((gradient * shortened)? + (distance * self.weight_decay)?)?;
            *velocity = ((&*velocity * self.momentum)? + pull)?.detach();
            var.set(&(var.as_tensor().detach() - (&*velocity * rate)?)?)?;
        }
        Ok(())
    }
}

/// How the rate goes from its first value to the end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Schedule {
    /// To 0 in a straight line, as in the article.
    Linear,
    /// To 0 along half a cosine (Loshchilov and Hutter, arXiv 1608.03983).
    Cosine,
    /// Times `factor` after every `epochs` epochs.
    Step {
        /// Epochs between two falls.
        epochs: usize,
        /// What the rate is multiplied by.
        factor: f64,
    },
    /// The same all the time.
    Constant,
}

impl Schedule {
    /// What the first rate is multiplied by in step `step` of `of`, in epoch `epoch` (from 0).
    pub fn factor(self, step: usize, of: usize, epoch: usize) -> f64 {
        let done = step as f64 / of.max(1) as f64;
        match self {
            Self::Linear => 1.0 - done,
            Self::Cosine => 0.5 * (1.0 + (PI * done).cos()),
            Self::Step { epochs, factor } => factor.powi((epoch / epochs.max(1)) as i32),
            Self::Constant => 1.0,
        }
    }
}

impl FromStr for Schedule {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text.split(':').collect::<Vec<_>>()[..] {
            ["linear"] => Ok(Self::Linear),
            ["cosine"] => Ok(Self::Cosine),
            ["constant"] => Ok(Self::Constant),
            ["step", epochs, factor] => {
                let epochs = epochs.parse().ok().filter(|&epochs| epochs > 0);
                let factor = factor.parse().ok().filter(|factor| (0.0..=1.0).contains(factor));
                epochs
                    .zip(factor)
                    .map(|(epochs, factor)| Self::Step { epochs, factor })
                    .ok_or_else(|| "expected step:EPOCHS:FACTOR, for example step:10:0.1".into())
            }
            _ => Err("expected linear, cosine, constant or step:EPOCHS:FACTOR".into()),
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Linear => f.write_str("linear"),
            Self::Cosine => f.write_str("cosine"),
            Self::Constant => f.write_str("constant"),
            Self::Step { epochs, factor } => write!(f, "step:{epochs}:{factor}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_fall_as_their_names_say() {
        for (text, expected) in
            [("linear", [1.0, 0.5, 0.0]), ("cosine", [1.0, 0.5, 0.0]), ("constant", [1.0; 3]), ("step:5:0.1", [1.0, 0.1, 0.01])]
        {
            let schedule: Schedule = text.parse().expect("a schedule");
            let found = [0, 1, 2].map(|i| schedule.factor(i * 50, 100, i * 5));
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{text}: {found:?}");
            assert_eq!(schedule.to_string(), text);
        }
        for wrong in ["", "step", "step:0:0.1", "step:3:2", "exponential"] {
            assert!(wrong.parse::<Schedule>().is_err(), "{wrong}");
        }
    }
}
