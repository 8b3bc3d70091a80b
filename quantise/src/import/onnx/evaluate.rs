//! Computes a node of constants, for the operators that exporters put between weights and the nodes that read them.

use super::constants::Constants;
use super::lower::meaning;
use super::shapes::{axis, broadcast_shape, into_shape, reshape, shape_of, squeezed, within};
use super::tensor::{self, Constant, Kind};
use ndarray::{concatenate, ArrayD, IxDyn, Slice};
use std::rc::Rc;
use tract_onnx::pb::{AttributeProto, NodeProto};

/// Whether a node's output depends on nothing but its inputs and has no second output in use.
pub fn is_pure(node: &NodeProto) -> bool {
    let plain = matches!(node.domain.as_str(), "" | "ai.onnx") || matches!(meaning(&node.op_type), "QuantizeLinear" | "DequantizeLinear");
    plain && node.output.len() == 1 && !node.op_type.starts_with("Random") && !matches!(node.op_type.as_str(), "If" | "Loop" | "Scan")
}

/// An attribute by name.
pub fn attribute<'a>(node: &'a NodeProto, name: &str) -> Option<&'a AttributeProto> {
    node.attribute.iter().find(|a| a.name == name)
}

/// The output of `node`, whose inputs are all known.
///
/// # Errors
/// A predicate on the output.
pub fn node(node: &NodeProto, constants: &Constants) -> Result<Constant, String> {
    let input = |index: usize| -> Result<Rc<Constant>, String> {
        let name =
            node.input.get(index).filter(|n| !n.is_empty()).ok_or_else(|| format!("computed by a {} without input", node.op_type))?;
        constants.value(name)
    };
    let has_input = |index: usize| node.input.get(index).is_some_and(|n| !n.is_empty());
    let int = |name: &str, default: i64| attribute(node, name).map_or(default, |a| a.i);
    // axes and the like: an attribute before opset 13, an input since
    let list = |name: &str, index: usize| -> Result<Option<Vec<i64>>, String> {
        if let Some(attribute) = attribute(node, name) {
            return Ok(Some(attribute.ints.clone()));
        }
        has_input(index).then(|| input(index).map(|c| integers(&c))).transpose()
    };
    match meaning(&node.op_type) {
        "Constant" => constant(node),
        "Identity" => Ok((*input(0)?).clone()),
        "CastLike" => Ok((*input(0)?).clone()),
        "Cast" => cast(&*input(0)?, Kind::of(int("to", 1) as i32)?),
        "ConstantOfShape" => {
            let value = match attribute(node, "value").and_then(|a| a.t.as_ref()) {
                Some(tensor) => tensor::read(tensor, std::path::Path::new("."))?,
                None => Constant { values: ArrayD::zeros(IxDyn(&[1])), kind: Kind::Float },
            };
            let shape = shape_of(&integers(&*input(0)?))?;
            Ok(Constant { values: ArrayD::from_elem(shape, value.values.first().copied().unwrap_or(0.0)), kind: value.kind })
        }
        "Shape" => {
            let shape: Vec<f64> = input(0)?.values.shape().iter().map(|&s| s as f64).collect();
            let end = |v: i64| (if v < 0 { v.saturating_add(shape.len() as i64) } else { v }).clamp(0, shape.len() as i64) as usize;
            let (from, to) = (end(int("start", 0)), end(int("end", i64::MAX)));
            Ok(list_of(shape.get(from..to).unwrap_or_default().to_vec()))
        }
        "Expand" => {
            let value = input(0)?;
            let shape = broadcast_shape(value.values.shape(), &shape_of(&integers(&*input(1)?))?)?;
            let values = value.values.broadcast(IxDyn(&shape)).ok_or("computed by an Expand that does not fit")?.to_owned();
            Ok(Constant { values, kind: value.kind })
        }
        "Reshape" => reshape(&*input(0)?, &integers(&*input(1)?), int("allowzero", 0) != 0),
        "Transpose" => {
            let value = input(0)?;
            let sides = value.values.ndim();
            let order = match attribute(node, "perm") {
                Some(a) => a.ints.iter().map(|&p| usize::try_from(p).unwrap_or(usize::MAX)).collect(),
                None => (0..sides).rev().collect::<Vec<_>>(),
            };
            let mut sorted = order.clone();
            sorted.sort_unstable();
            if sorted != (0..sides).collect::<Vec<_>>() {
                return Err(format!("computed by a Transpose of {sides} sides into the order {order:?}"));
            }
            let values = value.values.view().permuted_axes(IxDyn(&order));
            Ok(Constant { values: values.as_standard_layout().to_owned(), kind: value.kind })
        }
        "Unsqueeze" | "Squeeze" => {
            let value = input(0)?;
            let shape = squeezed(value.values.shape(), list("axes", 1)?, node.op_type == "Unsqueeze")?;
            into_shape(&value, &shape)
        }
        "Concat" => {
            let parts = (0..node.input.len()).map(input).collect::<Result<Vec<_>, _>>()?;
            let kind = parts.first().ok_or("computed by a Concat of nothing")?.kind;
            let axis = axis(int("axis", 0), parts[0].values.ndim())?;
            within(parts.iter().map(|p| p.values.len()).sum())?;
            let views: Vec<_> = parts.iter().map(|p| p.values.view()).collect();
            let values = concatenate(axis, &views).map_err(|_| "computed by a Concat of tensors that do not fit")?;
            Ok(Constant { values, kind })
        }
        "Gather" => {
            let (value, indices) = (input(0)?, input(1)?);
            let axis = axis(int("axis", 0), value.values.ndim())?;
            let side = value.values.len_of(axis) as i64;
            let picked = integers(&indices).into_iter().map(|i| if i < 0 { i.saturating_add(side) } else { i });
            let picked: Option<Vec<usize>> = picked.map(|i| usize::try_from(i).ok().filter(|_| i < side)).collect();
            let picked = picked.ok_or("computed by a Gather past the end")?;
            within((value.values.len() / (side.max(1) as usize)).saturating_mul(picked.len()))?;
            let mut shape = value.values.shape().to_vec();
            shape.splice(axis.0..=axis.0, indices.values.shape().iter().copied());
            let values = value.values.select(axis, &picked);
            into_shape(&Constant { values, kind: value.kind }, &shape)
        }
        "Slice" => slice(&*input(0)?, &list),
        "Add" | "Sub" | "Mul" | "Div" | "Pow" | "Mod" => arithmetic(&node.op_type, &*input(0)?, &*input(1)?),
        name if unary(name).is_some() => {
            let value = input(0)?;
            Ok(Constant { values: value.values.mapv(unary(name).unwrap_or(|v| v)), kind: value.kind })
        }
        "Clip" => {
            let value = input(0)?;
            let bound = |name: &str, index: usize, open: f64| -> Result<f64, String> {
                if let Some(attribute) = attribute(node, name) {
                    return Ok(f64::from(attribute.f));
                }
                Ok(if has_input(index) { input(index)?.values.first().copied().unwrap_or(open) } else { open })
            };
            let (low, high) = (bound("min", 1, f64::NEG_INFINITY)?, bound("max", 2, f64::INFINITY)?);
            Ok(Constant { values: value.values.mapv(|v| v.max(low).min(high)), kind: value.kind })
        }
        "Min" | "Max" | "Sum" | "Mean" => {
            let parts = (0..node.input.len()).map(input).collect::<Result<Vec<_>, _>>()?;
            let name = match node.op_type.as_str() {
                "Mean" => "Add",
                "Sum" => "Add",
                other => other,
            };
            let mut parts_iter = parts.iter();
            let first = parts_iter.next().ok_or_else(|| format!("computed by a {} of nothing", node.op_type))?;
            let mut all = parts_iter.try_fold((**first).clone(), |all, part| arithmetic(name, &all, part))?;
            if node.op_type == "Mean" {
                all.values.mapv_inplace(|v| v / parts.len() as f64);
            }
            Ok(all)
        }
        "Equal" | "Greater" | "Less" | "GreaterOrEqual" | "LessOrEqual" | "And" | "Or" | "Xor" => {
            Ok(Constant { kind: Kind::Bool, ..arithmetic(&node.op_type, &*input(0)?, &*input(1)?)? })
        }
        "Not" => Ok(Constant { values: input(0)?.values.mapv(|v| f64::from(u8::from(v == 0.0))), kind: Kind::Bool }),
        "Where" => {
            let (condition, yes, no) = (input(0)?, input(1)?, input(2)?);
            let chosen = arithmetic("Mul", &Constant { kind: Kind::Float, ..(*condition).clone() }, &yes)?;
            let inverted = Constant { values: condition.values.mapv(|v| f64::from(u8::from(v == 0.0))), kind: Kind::Float };
            let sum = arithmetic("Add", &chosen, &arithmetic("Mul", &inverted, &no)?)?;
            Ok(Constant { kind: yes.kind, ..sum })
        }
        "ReduceMax" | "ReduceMin" | "ReduceSum" | "ReduceMean" | "ReduceProd" => {
            let value = input(0)?;
            let chosen = list("axes", 1)?.unwrap_or_default();
            let keeps = int("keepdims", 1) != 0;
            reduce(&node.op_type, &value, &chosen, keeps)
        }
        "Range" => {
            let number = |index: usize| Ok::<f64, String>(input(index)?.values.first().copied().unwrap_or(0.0));
            let (start, end, step) = (number(0)?, number(1)?, number(2)?);
            let count = ((end - start) / step).ceil();
            if !count.is_finite() {
                return Err("computed by a Range without end".into());
            }
            within(count.max(0.0) as usize)?;
            let kind = input(0)?.kind;
            Ok(Constant { kind, ..list_of((0..count.max(0.0) as usize).map(|i| start + i as f64 * step).collect()) })
        }
        "QuantizeLinear" | "DequantizeLinear" => {
            let value = input(0)?;
            let zero = has_input(2).then(|| input(2)).transpose()?;
            quantisation(node, &value, &*input(1)?, zero.as_deref())
        }
        other => Err(format!("computed by a {other} of constants, which is not supported; export with constant folding")),
    }
}

/// The numbers of `constant` as integers; fractions are cut.
pub fn integers(constant: &Constant) -> Vec<i64> {
    constant.values.iter().map(|&v| v as i64).collect()
}

/// Per-axis parameter (a scale, a zero point) number `index` along the axis; a single one serves all.
pub fn along(parameter: &ArrayD<f64>, index: usize) -> Option<f64> {
    if parameter.len() == 1 {
        parameter.first().copied()
    } else {
        parameter.as_slice_memory_order().and_then(|p| p.get(index)).copied().filter(|_| parameter.ndim() == 1)
    }
}

fn list_of(values: Vec<f64>) -> Constant {
    Constant {
        values: ArrayD::from_shape_vec(IxDyn(&[values.len()]), values).unwrap_or_default(),
        kind: Kind::Integer { signed: true, bits: 64 },
    }
}

fn constant(node: &NodeProto) -> Result<Constant, String> {
    let value = node.attribute.first().ok_or("computed by a Constant without value")?;
    let scalar = |value: f64, kind| Constant { values: ArrayD::from_elem(IxDyn(&[]), value), kind };
    let integer = Kind::Integer { signed: true, bits: 64 };
    match (value.name.as_str(), &value.t) {
        ("value", Some(tensor)) => tensor::read(tensor, std::path::Path::new(".")),
        ("value_int", _) => Ok(scalar(value.i as f64, integer)),
        ("value_float", _) => Ok(scalar(f64::from(value.f), Kind::Float)),
        ("value_ints", _) => Ok(list_of(value.ints.iter().map(|&v| v as f64).collect())),
        ("value_floats", _) => Ok(Constant { kind: Kind::Float, ..list_of(value.floats.iter().map(|&v| f64::from(v)).collect()) }),
        (other, _) => Err(format!("computed by a Constant with `{other}`, expected numbers")),
    }
}

fn cast(value: &Constant, kind: Kind) -> Result<Constant, String> {
    let values = match kind.range() {
        Some((low, high)) => value.values.mapv(|v| v.trunc().clamp(low as f64, high as f64)),
        None if kind == Kind::Bool => value.values.mapv(|v| f64::from(u8::from(v != 0.0))),
        None => value.values.clone(),
    };
    Ok(Constant { values, kind })
}

type List<'a> = dyn Fn(&str, usize) -> Result<Option<Vec<i64>>, String> + 'a;

fn slice(value: &Constant, list: &List) -> Result<Constant, String> {
    let starts = list("starts", 1)?.ok_or("computed by a Slice without starts")?;
    let ends = list("ends", 2)?.ok_or("computed by a Slice without ends")?;
    let axes = list("axes", 3)?.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = list("steps", 4)?.unwrap_or_else(|| vec![1; starts.len()]);
    if ends.len() != starts.len() || axes.len() != starts.len() || steps.len() != starts.len() {
        return Err("computed by a Slice whose lists differ in length".into());
    }
    let mut values = value.values.clone();
    for i in 0..starts.len() {
        let axis = axis(axes[i], values.ndim())?;
        let side = values.len_of(axis) as i64;
        let clip = |v: i64, low: i64, high: i64| (if v < 0 { v.saturating_add(side) } else { v }).clamp(low, high);
        values = match steps[i] {
            1.. => {
                let (from, to) = (clip(starts[i], 0, side), clip(ends[i], 0, side));
                let step = isize::try_from(steps[i]).unwrap_or(isize::MAX);
                values.slice_axis(axis, Slice::new(from as isize, Some(to.max(from) as isize), step)).to_owned()
            }
            // backwards over the whole side, as the export of a pad turns its list round
            -1 if side > 0 && clip(starts[i], 0, side - 1) == side - 1 && ends[i].saturating_add(side) < 0 => {
                let mut turned = values;
                turned.invert_axis(axis);
                turned.as_standard_layout().to_owned()
            }
            step => return Err(format!("computed by a Slice with step {step}")),
        };
    }
    Ok(Constant { values, kind: value.kind })
}

fn arithmetic(op: &str, a: &Constant, b: &Constant) -> Result<Constant, String> {
    let shape = broadcast_shape(a.values.shape(), b.values.shape())?;
    let whole = a.kind != Kind::Float;
    let view = |c: &Constant| c.values.broadcast(IxDyn(&shape)).map(|v| v.to_owned()).ok_or("computed from shapes that do not fit");
    let mut values = view(a)?;
    values.zip_mut_with(&view(b)?, |x, &y| {
        *x = match op {
            "Add" => *x + y,
            "Sub" => *x - y,
            "Mul" => *x * y,
            "Pow" => x.powf(y),
            "Mod" => x.rem_euclid(y),
            "Min" => x.min(y),
            "Max" => x.max(y),
            "Equal" => truth(*x == y),
            "Greater" => truth(*x > y),
            "Less" => truth(*x < y),
            "GreaterOrEqual" => truth(*x >= y),
            "LessOrEqual" => truth(*x <= y),
            "And" => truth(*x != 0.0 && y != 0.0),
            "Or" => truth(*x != 0.0 || y != 0.0),
            "Xor" => truth((*x != 0.0) != (y != 0.0)),
            _ if whole => (*x / y).trunc(),
            _ => *x / y,
        }
    });
    Ok(Constant { values, kind: a.kind })
}

fn truth(value: bool) -> f64 {
    f64::from(u8::from(value))
}

/// Functions of one number.
fn unary(name: &str) -> Option<fn(f64) -> f64> {
    Some(match name {
        "Sqrt" => f64::sqrt,
        "Neg" => |v| -v,
        "Reciprocal" => f64::recip,
        "Abs" => f64::abs,
        "Exp" => f64::exp,
        "Log" => f64::ln,
        "Floor" => f64::floor,
        "Ceil" => f64::ceil,
        "Round" => f64::round_ties_even,
        "Sign" => |v| if v == 0.0 { 0.0 } else { v.signum() },
        "Relu" => |v| v.max(0.0),
        "Sigmoid" => |v| 1.0 / (1.0 + (-v).exp()),
        "Tanh" => f64::tanh,
        _ => return None,
    })
}

/// A reduction along `axes`, all where there are none.
fn reduce(op: &str, value: &Constant, axes: &[i64], keeps: bool) -> Result<Constant, String> {
    let sides = value.values.ndim();
    let mut chosen = axes.iter().map(|&a| axis(a, sides).map(|a| a.0)).collect::<Result<Vec<_>, _>>()?;
    if chosen.is_empty() {
        chosen = (0..sides).collect();
    }
    chosen.sort_unstable();
    chosen.dedup();
    let mut values = value.values.clone();
    for &side in chosen.iter().rev() {
        let along = ndarray::Axis(side);
        let count = values.len_of(along).max(1) as f64;
        values = match op {
            "ReduceMax" => values.fold_axis(along, f64::NEG_INFINITY, |a, b| a.max(*b)),
            "ReduceMin" => values.fold_axis(along, f64::INFINITY, |a, b| a.min(*b)),
            "ReduceProd" => values.fold_axis(along, 1.0, |a, b| a * b),
            "ReduceMean" => values.sum_axis(along) / count,
            _ => values.sum_axis(along),
        };
        if keeps {
            values = values.insert_axis(along);
        }
    }
    Ok(Constant { values, kind: value.kind })
}

fn quantisation(node: &NodeProto, value: &Constant, scale: &Constant, zero: Option<&Constant>) -> Result<Constant, String> {
    let kind = zero.map_or(Kind::Integer { signed: false, bits: 8 }, |z| z.kind);
    let sides = value.values.ndim();
    let along_axis = if scale.values.len() == 1 { None } else { Some(axis(attribute(node, "axis").map_or(1, |a| a.i), sides)?) };
    let mut values = value.values.clone();
    let apply = |mut part: ndarray::ArrayViewMutD<f64>, index: usize| -> Result<(), String> {
        let scale = along(&scale.values, index).ok_or("computed with too few scales")?;
        let zero = zero.map_or(Some(0.0), |z| along(&z.values, index)).ok_or("computed with too few zero points")?;
        if meaning(&node.op_type) == "DequantizeLinear" {
            part.mapv_inplace(|v| (v - zero) * scale);
        } else {
            let (low, high) = kind.range().ok_or("quantised to a type that is no integer")?;
            part.mapv_inplace(|v| ((v / scale).round_ties_even() + zero).clamp(low as f64, high as f64));
        }
        Ok(())
    };
    match along_axis {
        None => apply(values.view_mut(), 0)?,
        Some(axis) => values.axis_iter_mut(axis).enumerate().try_for_each(|(i, part)| apply(part, i))?,
    }
    let kind = if meaning(&node.op_type) == "DequantizeLinear" { Kind::Float } else { kind };
    Ok(Constant { values, kind })
}
