#pragma once

#include "clonectl/terminal.hpp"

#include <google/protobuf/message.h>

#include <iostream>
#include <string>
#include <string_view>
#include <vector>

// What `get` and the listings print to stdout, as text or JSON.
namespace cloned::clonectl {

// A message in protobuf's JSON mapping, spread over several lines.
std::string json_text(const google::protobuf::Message& message);

// A list in the form of the API's answer, {"jobs": [...]}, with one item a line.
std::string json_text(std::string_view name,
                      const std::vector<const google::protobuf::Message*>& list);

// `List` is a vector or a repeated field of messages; `table` makes lines of a given width.
template <class List, class Item = typename List::value_type>
void print_list(const List& list,
                std::string_view name,
                bool json,
                std::string (*table)(const std::vector<Item>&, std::size_t)) {
    if (!json) {
        std::cout << table({list.begin(), list.end()}, terminal_width());
        return;
    }
    std::vector<const google::protobuf::Message*> messages;
    for (const Item& item : list) messages.push_back(&item);
    std::cout << json_text(name, messages);
}

}  // namespace cloned::clonectl
