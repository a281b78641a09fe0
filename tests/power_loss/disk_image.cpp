#include "tests/power_loss/disk_image.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace cloned::power_loss {
namespace {

std::size_t size(std::int64_t n) {
    return static_cast<std::size_t>(n);
}

}  // namespace

// --- what is done

void disk_image::open(const std::string& name) {
    auto& file = now_[name];
    if (file != nullptr) return;
    file = std::make_shared<stored_file>();
    pending_names_.push_back({name, file});
}

void disk_image::write(const std::string& name, std::int64_t at, std::string_view bytes) {
    now_.at(name)->pending.push_back({++order_, false, at, std::string(bytes)});
}

void disk_image::truncate(const std::string& name, std::int64_t to) {
    now_.at(name)->pending.push_back({++order_, true, to, {}});
}

void disk_image::sync(const std::string& name) {
    auto& file = *now_.at(name);
    for (const auto& done : file.pending)
        apply(file.synced, done, 0, static_cast<std::int64_t>(done.bytes.size()));
    file.pending.clear();
}

void disk_image::remove(const std::string& name) {
    if (now_.erase(name) > 0) pending_names_.push_back({name, nullptr});
}

void disk_image::sync_directory() {
    synced_names_ = now_;
    pending_names_.clear();
}

void disk_image::fail_sync(const std::string& name, random& chance) {
    auto& file = *now_.at(name);
    const auto written = chance.below(101);
    for (const auto& done : file.pending)
        if (chance.percent(written))
            apply(file.synced, done, 0, static_cast<std::int64_t>(done.bytes.size()));
    file.pending.clear();
}

void disk_image::apply(std::string& content, const call& done, std::int64_t from, std::int64_t to) {
    if (done.truncates) {
        content.resize(size(done.at));
        return;
    }
    const auto end = size(done.at + to);
    if (content.size() < end) content.resize(end);
    content.replace(size(done.at + from), size(to - from), done.bytes, size(from), size(to - from));
}

std::int64_t disk_image::unsynced() const {
    std::int64_t bytes = 0;
    for (const auto& [name, file] : now_)
        for (const auto& done : file->pending)
            bytes += static_cast<std::int64_t>(done.bytes.size());
    return bytes;
}

// --- what a cut leaves

disk_image::names disk_image::surviving_names(random& chance, std::string& words) const {
    auto left = synced_names_;
    const auto count = static_cast<std::int64_t>(pending_names_.size());
    const auto how = chance.below(4);
    // File systems with a journal keep the order; POSIX does not ask for it.
    const auto first = how == 0 ? 0 : how == 1 ? count : chance.between(0, count);
    for (std::int64_t i = 0; i < count; ++i) {
        if (how == 3 ? chance.one_in(2) : i >= first) continue;
        const auto& done = pending_names_[size(i)];
        if (done.file == nullptr)
            left.erase(done.name);
        else
            left[done.name] = done.file;
    }
    if (count > 0) words = concat(words, ", ", std::to_string(count), " names not synced");
    return left;
}

std::vector<disk_image::piece> disk_image::pieces(const names& there, std::int64_t sector) const {
    std::vector<piece> all;
    for (const auto& [name, file] : there)
        for (const auto& done : file->pending) {
            const auto bytes = static_cast<std::int64_t>(done.bytes.size());
            if (done.truncates || sector == 0) {
                all.push_back({file.get(), &done, 0, bytes});
                continue;
            }
            for (std::int64_t from = 0; from < bytes;) {
                const auto to = std::min(bytes, ((done.at + from) / sector + 1) * sector - done.at);
                all.push_back({file.get(), &done, from, to});
                from = to;
            }
        }
    std::stable_sort(all.begin(), all.end(),
                     [](const piece& a, const piece& b) { return a.of->order < b.of->order; });
    return all;
}

std::vector<disk_image::piece> disk_image::surviving(std::vector<piece> all,
                                                     random& chance,
                                                     std::string& words) {
    const auto count = static_cast<std::int64_t>(all.size());
    enum { none, every, first, last, some, but_one, only_one, ways };
    const char* const names[ways] = {"none", "all",         "the first", "the last",
                                     "some", "all but one", "only one"};
    const auto how = chance.below(ways);
    const auto place = chance.below(count);
    const auto share = chance.between(5, 95);
    std::vector<piece> kept;
    for (std::int64_t i = 0; i < count; ++i) {
        const bool stays = how == every || (how == first && i < place) ||
                           (how == last && i >= place) || (how == some && chance.percent(share)) ||
                           (how == but_one && i != place) || (how == only_one && i == place);
        if (stays) kept.push_back(all[size(i)]);
    }
    words = concat(names[how], " of ", std::to_string(count), " unsynced pieces (",
                   std::to_string(kept.size()), ")");
    // The last that was under way is torn in the middle.
    if (!kept.empty() && chance.one_in(3)) {
        auto& torn = kept[size(how == some ? chance.below(static_cast<std::int64_t>(kept.size()))
                                           : static_cast<std::int64_t>(kept.size()) - 1)];
        if (!torn.of->truncates) {
            torn.to = torn.from + chance.below(torn.to - torn.from);
            words += ", one torn";
        }
    }
    return kept;
}

std::string disk_image::leave(const std::string& folder, random& chance) const {
    std::string words;
    const std::int64_t sectors[] = {0, 512, 4096};
    const auto sector = sectors[chance.below(3)];
    std::string about_names;
    const auto there = surviving_names(chance, about_names);
    const auto kept = surviving(pieces(there, sector), chance, words);
    for (const auto& [name, file] : there) {
        auto content = file->synced;
        for (const auto& one : kept)
            if (one.file == file.get()) apply(content, *one.of, one.from, one.to);
        write_file(folder + "/" + name, *file, std::move(content), chance);
    }
    return concat(words, " of ", std::to_string(sector), " bytes", about_names);
}

// A file may have got its new size and not its content: then there are zeros, or what the medium
// held before. Nothing that was synced lies there.
void disk_image::write_file(const std::string& path,
                            const stored_file& file,
                            std::string content,
                            random& chance) {
    if (!file.pending.empty() && chance.one_in(2)) {
        std::int64_t grown = 0;
        for (const auto& done : file.pending) {
            if (done.truncates)
                grown = done.at;
            else
                grown = std::max(grown, done.at + static_cast<std::int64_t>(done.bytes.size()));
        }
        const bool zeros = chance.one_in(2);
        const auto filler = chance.byte();
        while (content.size() < size(grown))
            content += zeros ? '\0' : static_cast<char>(filler ^ static_cast<char>(content.size()));
    }
    std::ofstream out(path, std::ios::binary);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    if (!out.flush()) throw std::runtime_error("cannot write the image's file " + path);
}

}  // namespace cloned::power_loss
