#include "daemon/rpc/transport/server.hpp"

#include "tests/rpc/certificates.hpp"
#include "tests/rpc/served.hpp"

#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

namespace cloned::rpc::test {
namespace {

// Sends bytes to a method that we have no stub for, and returns the bytes of its first answer.
std::string raw_call(const std::shared_ptr<grpc::Channel>& channel,
                     const std::string& method,
                     const std::string& request) {
    grpc::GenericStub stub(channel);
    grpc::CompletionQueue queue;
    const auto context = patient();
    void* tag = nullptr;
    bool well = false;
    const auto call = stub.PrepareCall(context.get(), method, &queue);
    call->StartCall(nullptr);
    queue.Next(&tag, &well);
    const grpc::Slice slice(request);
    call->Write(grpc::ByteBuffer(&slice, 1), nullptr);
    queue.Next(&tag, &well);
    grpc::ByteBuffer answer;
    call->Read(&answer, nullptr);
    queue.Next(&tag, &well);
    std::string out;
    grpc::Slice whole;
    if (well && answer.DumpToSingleSlice(&whole).ok())
        out.assign(reinterpret_cast<const char*>(whole.begin()), whole.size());
    context->TryCancel();
    grpc::Status ignored;
    call->Finish(&ignored, nullptr);
    queue.Next(&tag, &well);
    return out;
}

constexpr auto reflection = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

grpc::Status list_batches(const std::shared_ptr<grpc::Channel>& channel,
                          const std::string& tenant = "",
                          std::string* seen_tenant = nullptr) {
    const auto stub = v1::JobService::NewStub(channel);
    v1::ListBatchesResponse response;
    const auto status =
        stub->ListBatches(patient(tenant).get(), v1::ListBatchesRequest(), &response);
    if (seen_tenant && response.batches_size() > 0) *seen_tenant = response.batches(0).tenant();
    return status;
}

// Starts a server that is not expected to run; the reason why it does not.
std::string reason_against(listener_options listener) {
    asio::io_context loop{1};
    const auto time = make_system_clock(loop);
    random_source random{1};
    fake_batch_store store;
    fake_job_control control;
    server_options options;
    options.listeners.push_back(std::move(listener));
    const auto started =
        start_server(std::move(options), loop, *time, random, store, control, some_endpoints());
    return started ? "" : started.error().message();
}

listener_options listen_at(const std::string& address) {
    listener_options out;
    out.address = address;
    return out;
}

std::string reason_against(const std::string& address) {
    return reason_against(listen_at(address));
}

TEST(Server, ListsItsServicesByReflection) {
    served server;
    const std::string list_services("\x3A\x01*", 3);

    const auto answer = raw_call(server.channel(), reflection, list_services);

    EXPECT_NE(answer.find("cloned.v1.JobService"), std::string::npos);
    EXPECT_NE(answer.find("cloned.v1.LaneService"), std::string::npos);
    EXPECT_NE(answer.find("grpc.health.v1.Health"), std::string::npos);
}

TEST(Server, DescribesTheDetailsOfItsErrorsByReflection) {
    served server;
    for (const std::string name : {"BadRequest", "ErrorInfo", "RetryInfo", "Status"}) {
        const std::string symbol = "google.rpc." + name;
        // The field "file_containing_symbol" of the request.
        const auto answer =
            raw_call(server.channel(), reflection,
                     "\x22" + std::string(1, static_cast<char>(symbol.size())) + symbol);
        EXPECT_NE(answer.find("google/rpc/"), std::string::npos) << name;
    }
}

TEST(Server, ReportsThePortsThatItGot) {
    server_options options;
    options.listeners = {listen_at("127.0.0.1:0"), listen_at("[::1]:0"), listen_at("localhost:0")};
    served server(options);

    ASSERT_EQ(server.addresses.size(), 3U);
    for (const auto& address : server.addresses) {
        EXPECT_FALSE(address.ends_with(":0")) << address;
        EXPECT_TRUE(list_batches(server.channel(address)).ok()) << address;
    }
}

TEST(Server, RefusesAddressesThatItCannotOrMustNotServe) {
    EXPECT_NE(reason_against("0.0.0.0:0").find("needs TLS"), std::string::npos);
    EXPECT_NE(reason_against("[::]:0").find("needs TLS"), std::string::npos);
    EXPECT_NE(reason_against("192.0.2.1:0").find("needs TLS"), std::string::npos);
    EXPECT_NE(reason_against("[::ffff:192.0.2.1]:0").find("needs TLS"), std::string::npos);
    EXPECT_NE(reason_against("nonsense"), "");
    EXPECT_NE(reason_against("127.0.0.1:"), "");
    EXPECT_NE(reason_against("127.0.0.1:65536"), "");
    EXPECT_NE(reason_against("127.0.0.1:x"), "");
    EXPECT_NE(reason_against("unix:"), "");
    EXPECT_NE(reason_against("unix:/" + std::string(200, 'p')), "");
    EXPECT_NE(reason_against("unix:/nowhere/at/all"), "");
}

TEST(Server, RefusesAnAddressInUse) {
    server_options options;
    options.listeners = {listen_at("127.0.0.1:0")};
    served server(options);
    EXPECT_NE(reason_against(server.addresses[0]).find(server.addresses[0]), std::string::npos);
}

TEST(Server, GivesItsSocketTheModeAskedForWhateverTheUmask) {
    const auto before = ::umask(0077);
    server_options options;
    const auto path =
        std::filesystem::temp_directory_path() / ("cloned-mode-" + std::to_string(::getpid()));
    options.listeners = {listen_at("unix:" + path.string())};
    options.listeners[0].socket_mode = 0660;
    {
        served server(options);
        struct stat found{};
        ASSERT_EQ(::stat(path.c_str(), &found), 0);
        EXPECT_EQ(found.st_mode & 0777U, 0660U);
    }
    ::umask(before);
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(Server, ReplacesAStaleSocketButNoOther) {
    served server;
    EXPECT_NE(reason_against(server.addresses[0]).find("another process"), std::string::npos);
    EXPECT_TRUE(list_batches(server.channel()).ok());

    const auto file = server.directory / "file";
    write_file(file, "precious");
    EXPECT_NE(reason_against("unix:" + file.string()).find("no socket"), std::string::npos);
    EXPECT_TRUE(std::filesystem::exists(file));

    const auto stale = server.directory / "stale";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(&address.sun_path[0], stale.c_str(), sizeof address.sun_path - 1);
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
    ASSERT_EQ(::bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ::close(descriptor);
    server_options options;
    options.listeners = {listen_at("unix:" + stale.string())};
    served second(options);
    EXPECT_TRUE(list_batches(second.channel()).ok());
}

TEST(Server, TurnsCallsAwayWhenTooManyAreInProgress) {
    server_options options;
    options.calls_max = 2;
    served server(options);
    // Connected before the loop is held, because the loop accepts connections.
    const auto channel = server.channel();
    ASSERT_TRUE(list_batches(channel).ok());
    server.hold_loop();
    std::vector<std::thread> waiting;
    std::atomic<int> answered{0};
    for (int i = 0; i < 2; ++i)
        waiting.emplace_back([&] {
            if (list_batches(channel).ok()) ++answered;
        });
    // As long as one of the two has not come in, this call waits in its place and gives up.
    const auto stub = v1::JobService::NewStub(channel);
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    grpc::Status refused;
    while (refused.error_code() != grpc::RESOURCE_EXHAUSTED &&
           std::chrono::steady_clock::now() < give_up) {
        grpc::ClientContext context;
        context.set_deadline(std::chrono::system_clock::now() + milliseconds(50));
        v1::ListBatchesResponse response;
        refused = stub->ListBatches(&context, v1::ListBatchesRequest(), &response);
    }
    server.release_loop();
    for (auto& thread : waiting) thread.join();

    EXPECT_EQ(refused.error_code(), grpc::RESOURCE_EXHAUSTED);
    EXPECT_EQ(info_of(refused).reason(), "TOO_MANY_CALLS");
    EXPECT_TRUE(has_retry_info(refused));
    EXPECT_GE(answered, 1);
    EXPECT_TRUE(list_batches(channel).ok());
}

TEST(Server, GoesOnAcceptingAfterItRanOutOfDescriptors) {
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "the sanitizers need descriptors of their own and report errors without them";
#endif
    served server;
    ASSERT_TRUE(list_batches(server.channel()).ok());
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto path = (server.directory / "socket").string();
    std::strncpy(&address.sun_path[0], path.c_str(), sizeof address.sun_path - 1);
    const int client = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    rlimit tight = before;
    tight.rlim_cur = static_cast<rlim_t>(client) + 1;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
    // No descriptor below the limit may be left, or accept() succeeds.
    std::vector<int> taken;
    for (int d = ::dup(client); d >= 0; d = ::dup(client)) taken.push_back(d);

    ASSERT_EQ(::connect(client, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    // The loop has seen the connection, and failed, before it answers.
    server.on_loop([] {});
    server.on_loop([] {});

    for (const int d : taken) ::close(d);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    ::close(client);
    EXPECT_TRUE(list_batches(server.channel()).ok());
}

TEST(Server, CanBeStoppedWithoutHavingBeenUsed) {
    served server;
    EXPECT_LT(server.stop(), milliseconds(5000));
}

// A server with TLS, and channels to it.
class Tls : public testing::Test {
protected:
    Tls() {
        const auto issued = trusted.issue("server");
        write_file(directory / "server.pem", issued.certificate);
        write_file(directory / "server.key", issued.key);
        write_file(directory / "ca.pem", trusted.certificate());
    }
    ~Tls() override { std::filesystem::remove_all(directory); }

    listener_options listener(const std::string& address = "127.0.0.1:0") const {
        auto out = listen_at(address);
        out.tls =
            tls_files{directory / "server.pem", directory / "server.key", directory / "ca.pem"};
        return out;
    }
    std::shared_ptr<grpc::Channel> channel(const std::string& address, const identity& who) const {
        grpc::SslCredentialsOptions options;
        options.pem_root_certs = trusted.certificate();
        options.pem_cert_chain = who.certificate;
        options.pem_private_key = who.key;
        return grpc::CreateChannel(address, grpc::SslCredentials(options));
    }

    std::filesystem::path directory = [] {
        auto pattern = (std::filesystem::temp_directory_path() / "cloned-tls-XXXXXX").string();
        return std::filesystem::path(::mkdtemp(pattern.data()));
    }();
    authority trusted;
};

TEST_F(Tls, TakesTheTenantFromTheCommonNameWhateverTheMetadataSay) {
    server_options options;
    options.listeners = {listener(), listen_at("127.0.0.1:0")};
    served server(options);
    const auto red = channel(server.addresses[0], trusted.issue("red"));
    v1::SubmitBatchResponse response;
    const auto stub = v1::JobService::NewStub(red);

    ASSERT_TRUE(stub->SubmitBatch(patient("blue").get(), good_batch(1), &response).ok());

    EXPECT_EQ(response.batch().tenant(), "red");
    v1::GetBatchRequest request;
    request.set_name(response.batch().name());
    v1::Batch batch;
    const auto other = v1::JobService::NewStub(channel(server.addresses[0], trusted.issue("blue")));
    EXPECT_EQ(other->GetBatch(patient("red").get(), request, &batch).error_code(), grpc::NOT_FOUND);
    EXPECT_TRUE(stub->GetBatch(patient().get(), request, &batch).ok());
}

TEST_F(Tls, TurnsAwayCommonNamesThatAreNoTenant) {
    server_options options;
    options.listeners = {listener()};
    served server(options);

    const auto refused = list_batches(channel(server.addresses[0], trusted.issue("Red Hat")));

    EXPECT_EQ(refused.error_code(), grpc::PERMISSION_DENIED);
}

TEST_F(Tls, TurnsAwayStrangersAndThoseWithoutACertificate) {
    server_options options;
    options.listeners = {listener()};
    served server(options);
    const authority foreign;

    EXPECT_EQ(list_batches(channel(server.addresses[0], foreign.issue("red"))).error_code(),
              grpc::UNAVAILABLE);
    EXPECT_EQ(list_batches(channel(server.addresses[0], identity())).error_code(),
              grpc::UNAVAILABLE);
    EXPECT_EQ(list_batches(server.channel()).error_code(), grpc::UNAVAILABLE);
}

TEST_F(Tls, MayBeServedWhereOthersCanConnect) {
    server_options options;
    options.listeners = {listener("0.0.0.0:0")};
    served server(options);
    const auto port = server.addresses[0].substr(server.addresses[0].rfind(':'));

    EXPECT_TRUE(list_batches(channel("127.0.0.1" + port, trusted.issue("red"))).ok());
}

TEST_F(Tls, RefusesFilesThatDoNotServe) {
    auto missing = listener();
    missing.tls->certificate = directory / "nothing";
    EXPECT_NE(reason_against(missing).find("cannot be read"), std::string::npos);
    auto incomplete = listener();
    incomplete.tls->client_ca.clear();
    EXPECT_NE(reason_against(incomplete), "");
    auto no_certificate = listener();
    no_certificate.tls->certificate = directory / "server.key";
    EXPECT_NE(reason_against(no_certificate).find("no PEM certificate"), std::string::npos);
    auto no_key = listener();
    no_key.tls->key = directory / "ca.pem";
    EXPECT_NE(reason_against(no_key).find("no PEM key"), std::string::npos);
    write_file(directory / "other.key", trusted.issue("server").key);
    auto mismatch = listener();
    mismatch.tls->key = directory / "other.key";
    EXPECT_NE(reason_against(mismatch).find("does not belong"), std::string::npos);
    auto on_unix = listener("unix:" + (directory / "socket").string());
    EXPECT_NE(reason_against(on_unix), "");
}

}  // namespace
}  // namespace cloned::rpc::test
