#pragma once

// How clonectl ends; shown by --help, relied upon by scripts.
namespace cloned::clonectl {

enum exit_code : int {
    exit_ok = 0,
    exit_not_all = 1,      // a job failed, was cancelled or needs an operator
    exit_refused = 2,      // wrong use, or input that the daemon refuses
    exit_unreachable = 3,  // no daemon answers
    exit_other = 4,
};

}  // namespace cloned::clonectl
