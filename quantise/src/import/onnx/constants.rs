//! What in an ONNX graph does not depend on the image: weights, and what is computed from them or from shapes.

use super::evaluate;
use super::tensor::{self, Constant};
use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use tract_onnx::pb::{NodeProto, TensorProto};

/// Numbers that folding may compute and nodes may read in all: a SqueezeNet has a million weights, each used a few times.
const MOST_NUMBERS: usize = 1 << 26;

/// The constants of a graph by name.
pub struct Constants {
    folder: PathBuf,
    stored: HashMap<String, TensorProto>,
    computed: HashMap<String, Result<Rc<Constant>, String>>,
    /// Tensors computed from the shapes of feature maps: not the image's numbers, but not known here either.
    from_shapes: HashSet<String>,
    /// The node behind each computed constant.
    givers: HashMap<String, NodeProto>,
    /// Numbers that may still be computed, or read by nodes: many nodes may name one tensor.
    budget: Cell<usize>,
}

type Labelled = (String, NodeProto);

impl Constants {
    /// With the file's initialisers; `folder` is where weights outside the file are.
    pub fn new(initializers: Vec<TensorProto>, folder: &Path) -> Self {
        Self {
            folder: folder.into(),
            stored: initializers.into_iter().map(|t| (t.name.clone(), t)).collect(),
            computed: HashMap::new(),
            from_shapes: HashSet::new(),
            givers: HashMap::new(),
            budget: Cell::new(MOST_NUMBERS),
        }
    }

    /// Whether `name` does not depend on the image's numbers.
    pub fn is_known(&self, name: &str) -> bool {
        self.stored.contains_key(name) || self.computed.contains_key(name) || self.from_shapes.contains(name)
    }

    /// The numbers of `name`.
    ///
    /// # Errors
    /// A predicate ("which ...", or what is wrong with its computation).
    pub fn value(&self, name: &str) -> Result<Rc<Constant>, String> {
        if let Some(tensor) = self.stored.get(name) {
            let claimed = tensor.dims.iter().fold(1usize, |product, &side| product.saturating_mul(usize::try_from(side).unwrap_or(0)));
            self.spend(claimed)?;
            return tensor::read(tensor, &self.folder).map(Rc::new);
        }
        match self.computed.get(name) {
            Some(value) => value.clone(),
            None if self.from_shapes.contains(name) => {
                Err("which is computed from a shape that is not fixed; export with fixed sizes".into())
            }
            None => Err("expected a constant weight or bias; export the network with its weights".into()),
        }
    }

    /// Counts `numbers` that a node takes for itself.
    ///
    /// # Errors
    /// More in all than any SqueezeNet has.
    pub fn spend(&self, numbers: usize) -> Result<(), String> {
        let rest = self.budget.get().checked_sub(numbers);
        self.budget.set(rest.ok_or("which makes more numbers in all than any SqueezeNet has")?);
        Ok(())
    }

    /// The node that computes the constant `name`.
    pub fn giver(&self, name: &str) -> Option<&NodeProto> {
        self.givers.get(name)
    }

    /// Takes out the nodes whose outputs are known without the image; gives them and the others.
    pub fn fold(&mut self, nodes: Vec<Labelled>) -> (Vec<Labelled>, Vec<Labelled>) {
        let mut folded = Vec::new();
        let mut kept = nodes;
        // one round does it when the nodes stand in the order in which they run, as ONNX asks
        for _ in 0..64 {
            let before = kept.len();
            let (known, unknown): (Vec<_>, Vec<_>) = kept.into_iter().partition(|(_, node)| self.fold_one(node));
            folded.extend(known);
            kept = unknown;
            if kept.len() == before {
                break;
            }
        }
        (folded, kept)
    }

    fn fold_one(&mut self, node: &NodeProto) -> bool {
        let Some(output) = node.output.first().filter(|o| !o.is_empty() && !self.is_known(o)) else { return false };
        if node.op_type == "Shape" && !node.input.first().is_some_and(|i| self.is_known(i)) {
            self.from_shapes.insert(output.clone());
            return true;
        }
        let mut inputs = node.input.iter().filter(|i| !i.is_empty());
        let known = match node.op_type.as_str() {
            "CastLike" => inputs.next().is_some_and(|i| self.is_known(i)),
            _ => inputs.all(|i| self.is_known(i)) && evaluate::is_pure(node),
        };
        if !known {
            return false;
        }
        if node.input.iter().any(|i| self.from_shapes.contains(i)) && node.op_type != "CastLike" {
            self.from_shapes.insert(output.clone());
            return true;
        }
        let value = evaluate::node(node, self).and_then(|value| {
            self.spend(value.values.len())?;
            Ok(Rc::new(value))
        });
        self.computed.insert(output.clone(), value);
        self.givers.insert(output.clone(), node.clone());
        true
    }
}
