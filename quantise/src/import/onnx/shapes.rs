//! Shapes of constants: checked, broadcast, changed. Errors are predicates on the tensor that is computed.

use super::tensor::Constant;
use ndarray::{ArrayD, Axis, IxDyn};

/// The most numbers that one node may give.
const MOST_NUMBERS: usize = 1 << 23;

/// Refuses to make more numbers than any SqueezeNet has.
pub fn within(numbers: usize) -> Result<(), String> {
    if numbers > MOST_NUMBERS {
        return Err(format!("computed with {numbers} numbers, more than any SqueezeNet has"));
    }
    Ok(())
}

/// Sides as sizes.
pub fn shape_of(sides: &[i64]) -> Result<Vec<usize>, String> {
    let shape: Option<Vec<usize>> = sides.iter().map(|&s| usize::try_from(s).ok()).collect();
    let shape = shape.ok_or_else(|| format!("computed with shape {sides:?}, expected no negative side"))?;
    within(shape.iter().fold(1usize, |product, &side| product.saturating_mul(side)))?;
    Ok(shape)
}

/// An axis counted from the start.
pub fn axis(axis: i64, sides: usize) -> Result<Axis, String> {
    let from_start = if axis < 0 { axis.saturating_add(sides as i64) } else { axis };
    let found = usize::try_from(from_start).ok().filter(|&a| a < sides);
    found.map(Axis).ok_or_else(|| format!("computed along axis {axis} of {sides}"))
}

/// The shape that two shapes are broadcast to.
pub fn broadcast_shape(a: &[usize], b: &[usize]) -> Result<Vec<usize>, String> {
    let sides = a.len().max(b.len());
    let side = |shape: &[usize], i: usize| (i + shape.len()).checked_sub(sides).map_or(1, |i| shape[i]);
    let shape = (0..sides).map(|i| match (side(a, i), side(b, i)) {
        (1, other) | (other, 1) => Ok(other),
        (x, y) if x == y => Ok(x),
        _ => Err(format!("computed from shapes {a:?} and {b:?}, which do not fit")),
    });
    let shape = shape.collect::<Result<Vec<_>, _>>()?;
    within(shape.iter().fold(1usize, |product, &side| product.saturating_mul(side)))?;
    Ok(shape)
}

/// The same numbers in another shape.
pub fn into_shape(value: &Constant, shape: &[usize]) -> Result<Constant, String> {
    let values = ArrayD::from_shape_vec(IxDyn(shape), value.values.iter().copied().collect());
    let values = values.map_err(|_| format!("computed with shape {shape:?} from {} numbers", value.values.len()))?;
    Ok(Constant { values, kind: value.kind })
}

/// ONNX's Reshape: 0 keeps a side (unless `keep_zero`), -1 is worked out.
pub fn reshape(value: &Constant, wanted: &[i64], keep_zero: bool) -> Result<Constant, String> {
    let old = value.values.shape();
    let sides = wanted.iter().enumerate().map(|(i, &s)| if s == 0 && !keep_zero { old.get(i).map_or(0, |&s| s as i64) } else { s });
    let mut sides: Vec<i64> = sides.collect();
    if let Some(open) = sides.iter().position(|&s| s == -1) {
        let others = sides.iter().enumerate().filter(|&(i, _)| i != open).fold(1i64, |product, (_, &s)| product.saturating_mul(s));
        sides[open] = (value.values.len() as i64).checked_div(others).unwrap_or(0);
    }
    into_shape(value, &shape_of(&sides)?)
}

/// The shape without the sides in `axes` (all of length 1 when there are none), or with them put in.
pub fn squeezed(shape: &[usize], axes: Option<Vec<i64>>, insert: bool) -> Result<Vec<usize>, String> {
    let Some(axes) = axes else { return Ok(shape.iter().copied().filter(|&s| s != 1).collect()) };
    let sides = if insert { shape.len().saturating_add(axes.len()) } else { shape.len() };
    if sides > 16 {
        return Err("computed with more than 16 sides".into());
    }
    let chosen = axes.iter().map(|&a| axis(a, sides).map(|a| a.0)).collect::<Result<Vec<_>, _>>()?;
    if insert {
        let mut old = shape.iter().copied();
        return Ok((0..sides).map(|i| if chosen.contains(&i) { 1 } else { old.next().unwrap_or(1) }).collect());
    }
    Ok(shape.iter().enumerate().filter(|(i, _)| !chosen.contains(i)).map(|(_, &s)| s).collect())
}
