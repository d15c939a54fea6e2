//! The one macro every view is written with.
//!
//! Leptos turns a nested subtree of a `view!` that holds nothing but literals into
//! `template.innerHTML`, which Trusted Types refuse: the whole page would stay blank. A literal in
//! braces is an expression, and an expression is never made inert, so this macro puts braces around
//! each literal before Leptos sees it. `dist/*.js` of a release build must not contain `innerHTML`.

/// [`leptos::view!`], with every literal braced.
#[macro_export]
macro_rules! view {
    // A bare hyphen (`aria-label=`) comes first: tried as a literal it would be a hard error.
    (@brace [$($done:tt)*] - $($rest:tt)*) => { $crate::view!(@brace [$($done)* -] $($rest)*) };
    (@brace [$($done:tt)*] $literal:literal $($rest:tt)*) => { $crate::view!(@brace [$($done)* { $literal }] $($rest)*) };
    (@brace [$($done:tt)*] $token:tt $($rest:tt)*) => { $crate::view!(@brace [$($done)* $token] $($rest)*) };
    (@brace [$($done:tt)*]) => { ::leptos::prelude::view! { $($done)* } };
    ($($tokens:tt)*) => { $crate::view!(@brace [] $($tokens)*) };
}
