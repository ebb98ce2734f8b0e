/// What can be called, or stands between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    If,
    Switch,
    Coalesce,
    Lt,
    Lte,
    Gt,
    Gte,
    Equals,
    In,
    Exists,
    Not,
    And,
    Or,
    Min,
    Max,
    Sum,
    Sub,
    Mul,
    Div,
    Mod,
    Log10,
    Bucket,
    Int,
    Float,
    Bool,
    String,
    Concat,
    StartsWith,
    EndsWith,
    Contains,
    ToLower,
    Length,
    RegMatch,
    RegValue,
    RegCount,
    UnixTimestamp,
    EventTimestamp,
    FormatTime,
}

/// Any number of arguments from some number on.
const MANY: usize = usize::MAX;

/// Each by its name, with how many arguments it takes.
const FUNCTIONS: [(&str, Function, usize, usize); 38] = [
    ("IF", Function::If, 2, MANY),
    ("SWITCH", Function::Switch, 3, MANY),
    ("COALESCE", Function::Coalesce, 1, MANY),
    ("LT", Function::Lt, 2, 2),
    ("LTE", Function::Lte, 2, 2),
    ("GT", Function::Gt, 2, 2),
    ("GTE", Function::Gte, 2, 2),
    ("EQUALS", Function::Equals, 2, 2),
    ("IN", Function::In, 2, MANY),
    ("EXISTS", Function::Exists, 1, 1),
    ("NOT", Function::Not, 1, 1),
    ("AND", Function::And, 1, MANY),
    ("OR", Function::Or, 1, MANY),
    ("MIN", Function::Min, 1, MANY),
    ("MAX", Function::Max, 1, MANY),
    ("SUM", Function::Sum, 1, MANY),
    ("SUB", Function::Sub, 2, 2),
    ("MUL", Function::Mul, 1, MANY),
    ("DIV", Function::Div, 2, 2),
    ("MOD", Function::Mod, 2, 2),
    ("LOG10", Function::Log10, 1, 1),
    ("BUCKET", Function::Bucket, 2, 4),
    ("INT", Function::Int, 1, 1),
    ("FLOAT", Function::Float, 1, 1),
    ("BOOL", Function::Bool, 1, 1),
    ("STRING", Function::String, 1, 1),
    ("CONCAT", Function::Concat, 1, MANY),
    ("STARTS_WITH", Function::StartsWith, 2, 2),
    ("ENDS_WITH", Function::EndsWith, 2, 2),
    ("CONTAINS", Function::Contains, 2, 2),
    ("TO_LOWER", Function::ToLower, 1, 1),
    ("LENGTH", Function::Length, 1, 2),
    ("REG_MATCH", Function::RegMatch, 2, 2),
    ("REG_VALUE", Function::RegValue, 2, 2),
    ("REG_COUNT", Function::RegCount, 2, 2),
    ("UNIX_TIMESTAMP", Function::UnixTimestamp, 1, 1),
    ("EVENT_TIMESTAMP", Function::EventTimestamp, 0, 0),
    ("FORMAT_TIME", Function::FormatTime, 2, 2),
];

impl Function {
    pub(crate) fn named(name: &str) -> Option<Self> {
        FUNCTIONS.iter().find(|(known, ..)| *known == name).map(|(_, function, ..)| *function)
    }

    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        FUNCTIONS.iter().map(|(name, ..)| *name)
    }

    #[cfg(test)]
    fn name(self) -> &'static str {
        FUNCTIONS.iter().find(|(_, function, ..)| *function == self).map_or("", |(name, ..)| name)
    }

    /// How many arguments are missing something to say, if so: a sentence.
    pub(crate) fn wants(self, n_arguments: usize) -> Option<String> {
        let (name, _, least, most) = FUNCTIONS.iter().find(|(_, function, ..)| *function == self)?;
        if (*least..=*most).contains(&n_arguments) {
            return None;
        }
        let wanted = match (*least, *most) {
            (least, MANY) => format!("{least} or more"),
            (least, most) if least == most => least.to_string(),
            (least, most) => format!("{least} to {most}"),
        };
        let noun = if wanted == "1" { "argument" } else { "arguments" };
        Some(format!("{name} takes {wanted} {noun}, and has {n_arguments}"))
    }

    /// Whether its second argument is a pattern.
    pub(crate) fn is_match(self) -> bool {
        matches!(self, Function::RegMatch | Function::RegValue | Function::RegCount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_has_one_name() {
        for (idx, (name, function, ..)) in FUNCTIONS.iter().enumerate() {
            assert_eq!(*function as usize, idx, "{name} stands where its variant does");
            assert_eq!((Function::named(name), function.name()), (Some(*function), *name));
        }
        assert_eq!(Function::Not.wants(2).as_deref(), Some("NOT takes 1 argument, and has 2"));
        assert_eq!(Function::Length.wants(0).as_deref(), Some("LENGTH takes 1 to 2 arguments, and has 0"));
        assert_eq!(Function::If.wants(1).as_deref(), Some("IF takes 2 or more arguments, and has 1"));
        assert_eq!(Function::EventTimestamp.wants(0), None);
    }
}
