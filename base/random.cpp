#include "base/random.hpp"

#include <boost/uuid/basic_name_generator.hpp>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

namespace cloned {

std::string random_source::uuid() {
    return boost::uuids::to_string(
        boost::uuids::basic_random_generator<std::mt19937_64>(engine_)());
}

}  // namespace cloned
