//! The options of memory depths, one for every parameter of an engine but its columns.

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use contract::engine::EngineConfig;
use contract::parameters::{Parameter, PARAMETERS};
use std::sync::LazyLock;

/// Memory depths that were asked for; the others hold SqueezeNet v1.0, v1.1 and the article's at 227x227 with 1024 classes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Depths(Vec<(&'static Parameter, usize)>);

/// Names of the options, which clap keeps by reference.
static OPTIONS: LazyLock<Vec<(&'static Parameter, String)>> =
    LazyLock::new(|| Depths::parameters().map(|parameter| (parameter, parameter.option())).collect());

impl Depths {
    /// Every parameter that is a depth.
    pub(crate) fn parameters() -> impl Iterator<Item = &'static Parameter> {
        PARAMETERS.iter().filter(|parameter| parameter.name != "columns")
    }

    /// Asks for `value`, whatever was asked for before.
    pub(crate) fn set(&mut self, parameter: &'static Parameter, value: usize) {
        self.0.push((parameter, value));
    }

    /// `standard` with what was asked for.
    pub(crate) fn over(&self, mut standard: EngineConfig) -> EngineConfig {
        for (parameter, value) in &self.0 {
            *(parameter.place)(&mut standard) = *value;
        }
        standard
    }
}

impl Args for Depths {
    fn augment_args(command: Command) -> Command {
        let option = |(parameter, option): &'static (&'static Parameter, String)| {
            let help = format!("{} [default: {}]", parameter.help, parameter.standard.text());
            Arg::new(parameter.name).long(option.as_str()).value_name("N").value_parser(clap::value_parser!(usize)).help(help)
        };
        command.next_help_heading("Memory depths").args(OPTIONS.iter().map(option))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Depths {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = |parameter: &'static Parameter| Some((parameter, *matches.get_one::<usize>(parameter.name)?));
        Ok(Self(Self::parameters().filter_map(given).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        let later = Self::from_arg_matches(matches)?.0;
        self.0.extend(later);
        Ok(())
    }
}
