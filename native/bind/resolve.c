/* The resolver. It runs in place if no callback is given, and on libuv's thread pool if one is. */
#include <stdlib.h>
#include <string.h>

#include "bind.h"

typedef struct job {
  sk_answer (*run)(const struct job *job);
  char *host;
  char *service;
  int32_t hints[4];
  uint8_t address[SK_ADDRESS_MAX];
  uint32_t address_length;
  sk_answer answer;
  napi_async_work work;
  napi_ref callback;
} job;

static sk_answer run_getaddrinfo(const job *job) {
  return sk_getaddrinfo(job->host, job->service, job->hints);
}

static sk_answer run_getnameinfo(const job *job) {
  return sk_getnameinfo(job->address, job->address_length, job->hints[3]);
}

static sk_answer run_gethostbyname(const job *job) { return sk_gethostbyname(job->host); }

static sk_answer run_gethostbyaddr(const job *job) {
  return sk_gethostbyaddr(job->address, job->address_length);
}

static void keep_address(job *job, const sk_slice *address) {
  if (address->length > 0) memcpy(job->address, address->data, address->length); /* with no bytes, data may be NULL */
  job->address_length = (uint32_t)address->length;
}

/* Without memory: NULL, and an exception, since the callback that would get an answer is not read
 * yet. */
static job *new_job(napi_env env, sk_answer (*run)(const job *)) {
  job *job = calloc(1, sizeof *job);
  if (job == NULL) bk_throw_no_memory(env);
  else job->run = run;
  return job;
}

static void free_job(napi_env env, job *job) {
  if (job->callback != NULL) napi_delete_reference(env, job->callback);
  if (job->work != NULL) napi_delete_async_work(env, job->work);
  free(job->host);
  free(job->service);
  free(job->answer.bytes);
  free(job);
}

/* An ArrayBuffer of what was found; else the EAI_* code, with the errno in values[0]. */
static napi_value result_of(napi_env env, const job *job) {
  if (job->answer.bytes == NULL) {
    bk_instance_of(env)->shared->values[0] = job->answer.error;
    return bk_number(env, job->answer.eai);
  }
  napi_value buffer = NULL;
  void *data;
  if (napi_create_arraybuffer(env, job->answer.length, &data, &buffer) == napi_ok) {
    memcpy(data, job->answer.bytes, job->answer.length);
  }
  return buffer;
}

static void execute(napi_env env, void *data) {
  (void)env;
  job *job = data;
  job->answer = job->run(job);
}

/* In an environment that is being torn down every call here fails, and the job is still freed. */
static void complete(napi_env env, napi_status status, void *data) {
  job *job = data;
  napi_value callback, global, result;
  if (status == napi_ok &&
      napi_get_reference_value(env, job->callback, &callback) == napi_ok &&
      napi_get_global(env, &global) == napi_ok && (result = result_of(env, job)) != NULL) {
    napi_call_function(env, global, callback, 1, &result, NULL);
  }
  free_job(env, job);
}

static bool queue(napi_env env, job *job, napi_value callback) {
  napi_value name;
  return napi_create_reference(env, callback, 1, &job->callback) == napi_ok &&
         napi_create_string_utf8(env, "berkeley.resolve", NAPI_AUTO_LENGTH, &name) == napi_ok &&
         napi_create_async_work(env, NULL, name, execute, complete, job, &job->work) == napi_ok &&
         napi_queue_async_work(env, job->work) == napi_ok;
}

static napi_value start(napi_env env, job *job, napi_value callback) {
  napi_valuetype type;
  if (napi_typeof(env, callback, &type) == napi_ok && type == napi_function) {
    if (queue(env, job, callback)) return NULL;
    free_job(env, job);
    napi_throw_error(env, NULL, "berkeley: the thread pool takes no more work");
    return NULL;
  }
  job->answer = job->run(job);
  napi_value result = result_of(env, job);
  free_job(env, job);
  return result;
}

/* getaddrinfo(host, service, family, type, protocol, flags, callback or null) */
static napi_value js_getaddrinfo(napi_env env, napi_callback_info info) {
  job *job = new_job(env, run_getaddrinfo);
  if (job == NULL) return NULL;
  napi_value callback;
  int32_t *hints = job->hints;
  if (!bk_parse(env, info, "ssiiiiv", &job->host, &job->service, &hints[0], &hints[1], &hints[2],
                &hints[3], &callback)) {
    free_job(env, job);
    return NULL;
  }
  return start(env, job, callback);
}

/* getnameinfo(address, flags, callback or null) */
static napi_value js_getnameinfo(napi_env env, napi_callback_info info) {
  job *job = new_job(env, run_getnameinfo);
  if (job == NULL) return NULL;
  napi_value callback;
  sk_slice address;
  if (!bk_parse(env, info, "biv", &address, &job->hints[3], &callback) ||
      address.length > sizeof job->address) {
    free_job(env, job);
    return NULL;
  }
  keep_address(job, &address);
  return start(env, job, callback);
}

/* gethostbyname(name, callback or null) */
static napi_value js_gethostbyname(napi_env env, napi_callback_info info) {
  job *job = new_job(env, run_gethostbyname);
  if (job == NULL) return NULL;
  napi_value callback;
  if (!bk_parse(env, info, "sv", &job->host, &callback) || job->host == NULL) {
    free_job(env, job);
    return NULL;
  }
  return start(env, job, callback);
}

/* gethostbyaddr(4 or 16 bytes, callback or null) */
static napi_value js_gethostbyaddr(napi_env env, napi_callback_info info) {
  job *job = new_job(env, run_gethostbyaddr);
  if (job == NULL) return NULL;
  napi_value callback;
  sk_slice address;
  if (!bk_parse(env, info, "bv", &address, &callback) ||
      (address.length != 4 && address.length != 16)) {
    free_job(env, job);
    return NULL;
  }
  keep_address(job, &address);
  return start(env, job, callback);
}

const napi_property_descriptor bk_resolve_functions[] = {
    BK_FUNCTION("getaddrinfo", js_getaddrinfo),
    BK_FUNCTION("getnameinfo", js_getnameinfo),
    BK_FUNCTION("gethostbyname", js_gethostbyname),
    BK_FUNCTION("gethostbyaddr", js_gethostbyaddr),
};
const size_t bk_resolve_count = BK_COUNT(bk_resolve_functions);
