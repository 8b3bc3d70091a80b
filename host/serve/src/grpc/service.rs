//! The service's methods.

use super::convert;
use super::proto::grpc_inference_service_server::GrpcInferenceService;
use super::proto::model_metadata_response::TensorMetadata;
use super::proto::repository_index_response::ModelIndex;
use super::proto::*;
use crate::models::Served;
use crate::request::shape;
use crate::server::{Server, EXTENSIONS, NAME, PLATFORM, VERSION};
use crate::tensor::{InputKind, OutputKind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::Instant;
use tonic::{Request, Response, Status};

type Answer<T> = Result<Response<T>, Status>;

/// The service.
pub struct Service {
    server: Arc<Server>,
}

impl Service {
    /// Of `server`.
    pub fn new(server: Arc<Server>) -> Self {
        Self { server }
    }

    fn find(&self, name: &str, version: &str) -> Result<Arc<Served>, Status> {
        Ok(self.server.models.find(name, Some(version))?.clone())
    }
}

fn data_type(datatype: &str) -> DataType {
    match datatype {
        "UINT8" => DataType::TypeUint8,
        "UINT32" => DataType::TypeUint32,
        "FP32" => DataType::TypeFp32,
        _ => DataType::TypeString,
    }
}

fn statistics(served: &Served) -> ModelStatistics {
    let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
    let counts = &served.counts;
    let duration = |count, nanos| Some(StatisticDuration { count: of(count), ns: of(nanos) });
    ModelStatistics {
        name: served.name.clone(),
        version: served.version.to_string(),
        last_inference: of(&counts.last),
        inference_count: of(&counts.images),
        execution_count: served.batches(),
        inference_stats: Some(InferStatistics {
            success: duration(&counts.succeeded, &counts.succeeded_nanos),
            fail: duration(&counts.failed, &counts.failed_nanos),
            ..InferStatistics::default()
        }),
    }
}

#[tonic::async_trait]
impl GrpcInferenceService for Service {
    async fn server_live(&self, _: Request<ServerLiveRequest>) -> Answer<ServerLiveResponse> {
        Ok(Response::new(ServerLiveResponse { live: true }))
    }

    async fn server_ready(&self, _: Request<ServerReadyRequest>) -> Answer<ServerReadyResponse> {
        Ok(Response::new(ServerReadyResponse { ready: self.server.is_ready() }))
    }

    async fn server_metadata(&self, _: Request<ServerMetadataRequest>) -> Answer<ServerMetadataResponse> {
        let extensions = EXTENSIONS.map(String::from).into();
        Ok(Response::new(ServerMetadataResponse { name: NAME.into(), version: VERSION.into(), extensions }))
    }

    async fn model_ready(&self, request: Request<ModelReadyRequest>) -> Answer<ModelReadyResponse> {
        let ModelReadyRequest { name, version } = request.into_inner();
        Ok(Response::new(ModelReadyResponse { ready: self.find(&name, &version)?.is_ready() }))
    }

    async fn model_metadata(&self, request: Request<ModelMetadataRequest>) -> Answer<ModelMetadataResponse> {
        let ModelMetadataRequest { name, version } = request.into_inner();
        let served = self.find(&name, &version)?;
        let tensor = |name: &str, datatype: &str, shape| TensorMetadata { name: name.into(), datatype: datatype.into(), shape };
        let inputs = InputKind::ALL.map(|kind| tensor(kind.name(), kind.datatype(), shape(kind, served.model()))).into();
        let outputs = OutputKind::ALL.map(|kind| tensor(kind.name(), kind.datatype(), served.output_shape(kind))).into();
        let versions = self.server.models.versions(&name);
        Ok(Response::new(ModelMetadataResponse { name, versions, platform: PLATFORM.into(), inputs, outputs }))
    }

    async fn model_infer(&self, request: Request<ModelInferRequest>) -> Answer<ModelInferResponse> {
        let begun = Instant::now();
        let mut message = request.into_inner();
        let served = self.find(&message.model_name, &message.model_version)?;
        let id = std::mem::take(&mut message.id);
        let answer = async {
            let (request, is_raw) = convert::request(message)?;
            let outputs = served.infer(&request).await?;
            Ok(convert::response(&served, id, outputs, is_raw))
        };
        let answer = answer.await;
        served.counts.request(answer.is_ok(), begun.elapsed());
        answer.map(Response::new)
    }

    async fn model_config(&self, request: Request<ModelConfigRequest>) -> Answer<ModelConfigResponse> {
        let ModelConfigRequest { name, version } = request.into_inner();
        let served = self.find(&name, &version)?;
        let input = InputKind::ALL.map(|kind| ModelInput {
            name: kind.name().into(),
            data_type: data_type(kind.datatype()).into(),
            dims: shape(kind, served.model()).split_off(1),
            // a request has one of the two
            optional: true,
        });
        let output = OutputKind::ALL.map(|kind| ModelOutput {
            name: kind.name().into(),
            data_type: data_type(kind.datatype()).into(),
            dims: served.output_shape(kind).split_off(1),
        });
        let max_batch_size = i32::try_from(served.capacity()).unwrap_or(i32::MAX);
        let (platform, backend) = (PLATFORM.into(), NAME.into());
        let config = ModelConfig { name, platform, max_batch_size, input: input.into(), output: output.into(), backend };
        Ok(Response::new(ModelConfigResponse { config: Some(config) }))
    }

    async fn model_statistics(&self, request: Request<ModelStatisticsRequest>) -> Answer<ModelStatisticsResponse> {
        let ModelStatisticsRequest { name, version } = request.into_inner();
        let model_stats = match name.is_empty() {
            true => self.server.models.iter().map(|served| statistics(served)).collect(),
            false => vec![statistics(&*self.find(&name, &version)?)],
        };
        Ok(Response::new(ModelStatisticsResponse { model_stats }))
    }

    async fn repository_index(&self, request: Request<RepositoryIndexRequest>) -> Answer<RepositoryIndexResponse> {
        let only_ready = request.into_inner().ready;
        let index = |served: &Arc<Served>| {
            let (state, reason) = served.state();
            ModelIndex { name: served.name.clone(), version: served.version.to_string(), state: state.into(), reason }
        };
        let models = self.server.models.iter().filter(|served| !only_ready || served.is_ready()).map(index).collect();
        Ok(Response::new(RepositoryIndexResponse { models }))
    }
}
